import HTTPClient

extension Command {
    static let ready = Command(
        words: ["ready"], summary: "Say whether the server on the data folder can verify.",
        flags: [.data],
        details: """
            It asks at the folder's socket what GET /readyz answers, for checks by a container's runtime or
            by cron. The exit code is 0 where it can, and 1 where it cannot, is about to stop, or none runs.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let data = CommandContext(arguments, environment).data
        let answer: HTTPClient.Answer
        do throws(HTTPClientError) {
            answer = try await HTTPClient().send(
                "GET", "http://localhost/readyz", unixSocket: data.socket, timeout: 5_000)
        } catch .timedOut {
            throw .failed("the jeton at \(data.socket) gave no answer within 5 seconds: restart it")
        } catch {
            throw .failed(
                "cannot ask at \(data.socket): \(error); start a jeton there, name the right folder with --data "
                    + "or JETON_DATA, or run this as the folder's owner"
            )
        }
        let said = String(decoding: answer.body, as: UTF8.self)
        guard answer.status == 200 else {
            let why = said.split(separator: "\n").first ?? "/readyz answers \(answer.status), see its log"
            throw .failed("the jeton on \(data.path) is not ready: \(why)")
        }
        // “ok”, and what else there is to know.
        try environment.print("ready\(said.dropFirst(2))")
    }
}
