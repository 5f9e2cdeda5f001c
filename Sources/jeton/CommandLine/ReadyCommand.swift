import HTTPClient

extension Command {
    static let ready = Command(
        words: ["ready"], summary: "Say whether the server on the data folder can verify.",
        flags: [.data],
        details: """
            It asks at the folder's socket what GET /readyz answers, for checks by a container's runtime or
            by cron. The exit code is 0 where it can, and 1 where it cannot or where none runs.
            """
    ) { (arguments, surroundings) throws(CommandFailure) in
        let data = Place(arguments, surroundings).data
        let answer: HTTPClient.Answer
        do throws(HTTPClientError) {
            answer = try await HTTPClient().send(
                "GET", "http://localhost/readyz", unixSocket: data.socket, timeout: 5_000)
        } catch {
            throw .failed(
                "no jeton answers at \(data.socket): \(error); start one, or name the right folder with --data"
            )
        }
        guard answer.status == 200 else {
            throw .failed(
                "the jeton on \(data.path) cannot verify: /readyz answers \(answer.status), see its log")
        }
        // “ok”, and what else there is to know.
        surroundings.print("ready\(String(decoding: answer.body, as: UTF8.self).dropFirst(2))")
    }
}
