// Sends prepared requests at a constant rate over a fixed number of connections, and says how long each
// took, counted from the moment at which it was due.
//
//   pace PORT REQUESTS RATE SECONDS CONNECTIONS
//
// A request that has to wait because all connections are busy has waited all the same: so nothing is
// omitted that a server's pause would have kept from being sent ("coordinated omission"). The file is
// that of load.lua. It spins rather than sleeps, so that it is never late by a timer: give it a core of
// its own. Only where a whole millisecond or more is left does it sleep that long, so that a slow rate can
// be had beside another load. The first tenth of the time is not counted.

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    int socket;
    int64_t due;   // of the request that is answered next; 0 where none is
    int64_t freed;  // since when it was idle
    int64_t sent;
    size_t received;
    char answer[16384];
} Connection;

static Connection *connections;
static int poller, port;
static int *idle, idleCount, idleFirst, connectionCount;  // a ring: who has waited longest sends next
static uint32_t *corrected, *uncorrected, *lateness;  // microseconds; lateness is this program's own
static long counted, refused, broken;
static int64_t countFrom;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "pace: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void set_idle(int index) {
    connections[index].due = 0;
    connections[index].received = 0;
    connections[index].freed = now();
    idle[(idleFirst + idleCount++) % connectionCount] = index;
}

static Connection *take_idle(void) {
    Connection *connection = &connections[idle[idleFirst]];
    idleFirst = (idleFirst + 1) % connectionCount;
    idleCount--;
    return connection;
}

static void open_connection(int index) {
    Connection *connection = &connections[index];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1;
    connection->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection->socket, (struct sockaddr *)&address, sizeof address) != 0) fail("cannot connect");
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(connection->socket, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    epoll_ctl(poller, EPOLL_CTL_ADD, connection->socket, &event);
}

static void reopen(int index) {
    close(connections[index].socket);
    open_connection(index);
    if (connections[index].due == 0) return;  // a server may close what is idle
    broken++;
    set_idle(index);
}

// The length of the answer in the buffer once it is whole, else 0.
static size_t whole(const Connection *connection) {
    const char *end = strstr(connection->answer, "\r\n\r\n");
    if (!end) return 0;
    size_t head = end + 4 - connection->answer;
    for (const char *line = connection->answer; line < end;) {
        const char *next = strstr(line, "\r\n") + 2;
        if (strncasecmp(line, "content-length:", 15) == 0) {
            size_t length = head + strtoul(line + 15, NULL, 10);
            return connection->received >= length ? length : 0;
        }
        if (strncasecmp(line, "transfer-encoding:", 18) == 0) {
            fprintf(stderr, "pace: chunked answers are not read\n");
            exit(1);
        }
        line = next;
    }
    return head;
}

static uint32_t microseconds(int64_t nanoseconds) { return nanoseconds < 0 ? 0 : nanoseconds / 1000; }

static void receive(int index) {
    Connection *connection = &connections[index];
    ssize_t count = recv(connection->socket, connection->answer + connection->received,
                         sizeof connection->answer - 1 - connection->received, 0);
    if (count <= 0) {
        if (count < 0 && errno == EAGAIN) return;
        reopen(index);
        return;
    }
    connection->received += count;
    connection->answer[connection->received] = 0;
    if (!whole(connection)) return;
    int64_t end = now();
    if (connection->answer[9] != '2') refused++;
    if (connection->due >= countFrom) {
        corrected[counted] = microseconds(end - connection->due);
        uncorrected[counted] = microseconds(end - connection->sent);
        int64_t possible = connection->due > connection->freed ? connection->due : connection->freed;
        lateness[counted++] = microseconds(connection->sent - possible);
    }
    set_idle(index);
}

// Waits for at most that many milliseconds until there is something to receive.
static void receive_all(int patience) {
    struct epoll_event events[64];
    int count = epoll_wait(poller, events, 64, patience);
    for (int i = 0; i < count; i++) receive(events[i].data.u32);
}

static int ascending(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static void print_percentiles(const char *name, uint32_t *values) {
    qsort(values, counted, sizeof *values, ascending);
    printf("\"%s\": {\"p50\": %u, \"p99\": %u, \"p999\": %u, \"max\": %u}, ", name, values[counted / 2],
           values[counted * 99 / 100], values[counted * 999 / 1000], values[counted - 1]);
}

// Reads the requests; returns how many, with the start of each and one past the last in `starts`.
static long read_requests(const char *path, char **text, size_t **starts) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path);
    fseek(file, 0, SEEK_END);
    size_t size = ftell(file);
    rewind(file);
    *text = malloc(size + 1);
    if (fread(*text, 1, size, file) != size) fail(path);
    fclose(file);
    long count = 0;
    *starts = malloc((size / 16 + 2) * sizeof **starts);
    for (size_t at = 0; at < size; at += strlen(*text + at) + 1) {
        (*text)[size] = 0;
        (*starts)[count++] = at;
    }
    return count;
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: pace PORT REQUESTS RATE SECONDS CONNECTIONS\n");
        return 2;
    }
    port = atoi(argv[1]);
    char *text;
    size_t *starts;
    long prepared = read_requests(argv[2], &text, &starts);
    double rate = atof(argv[3]), seconds = atof(argv[4]);
    connectionCount = atoi(argv[5]);
    long total = rate * seconds;
    if (prepared < 1 || total < 10 || connectionCount < 1) {
        fprintf(stderr, "pace: there is nothing to send\n");
        return 2;
    }
    poller = epoll_create1(0);
    connections = calloc(connectionCount, sizeof *connections);
    idle = calloc(connectionCount, sizeof *idle);
    corrected = calloc(total, sizeof *corrected);
    uncorrected = calloc(total, sizeof *uncorrected);
    lateness = calloc(total, sizeof *lateness);
    for (int i = 0; i < connectionCount; i++) {
        open_connection(i);
        set_idle(i);
    }

    int64_t start = now() + 10000000;
    countFrom = start + (int64_t)(seconds * 1e8);
    int64_t limit = start + (int64_t)(seconds * 1e9) + 5000000000LL;
    for (long sent = 0; sent < total && now() < limit;) {
        int64_t due = start + (int64_t)(sent * 1e9 / rate);
        if (idleCount > 0 && now() >= due) {
            Connection *connection = take_idle();
            const char *request = text + starts[sent % prepared];
            size_t length = strlen(request);
            connection->due = due;
            connection->sent = now();
            if (send(connection->socket, request, length, MSG_NOSIGNAL) != (ssize_t)length) broken++;
            sent++;
        } else {
            int64_t left = idleCount > 0 ? due - now() : 0;
            receive_all(left > 0 ? left / 1000000 : 0);
        }
    }
    while (idleCount < connectionCount && now() < limit) receive_all(0);
    if (counted == 0) {
        fprintf(stderr, "pace: nothing was answered\n");
        return 1;
    }
    double lasted = (now() - countFrom) / 1e9;
    printf("{");
    print_percentiles("corrected", corrected);
    print_percentiles("uncorrected", uncorrected);
    print_percentiles("late", lateness);
    printf("\"rate\": %.1f, \"answered\": %ld, \"unanswered\": %d, \"refused\": %ld, \"broken\": %ld}\n",
           counted / lasted, counted, connectionCount - idleCount, refused, broken);
    return 0;
}
