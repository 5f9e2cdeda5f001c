import HTTPServer
import JSON
public import Sodium
public import Tokens

/// Carries the sentence that says what was done from the form that did it to the page that says it, once.
///
///     POST /admin/tokens/{id}/revoke   303, Set-Cookie: jeton-notice=…
///     GET  /admin/tokens?owner=alice   200, says it, and removes the cookie
///
/// The sentence may name tokens and people. It is in no address, so that a reload or a bookmark does not say it again, and
/// the cookie is sealed, so that nobody else can make the desk say something.
public struct FlashCookie: Sendable {
    private let cookie: SealedCookie

    /// The most bytes of a sentence; browsers keep cookies of 4096.
    static let limit = 1500

    public init(key: KeyedHash, clock: Clock, isSecure: Bool) {
        cookie = SealedCookie("notice", key: key, clock: clock, isSecure: isSecure)
    }

    /// The `Set-Cookie` value that carries what was done to the next page that `reader` opens: a person, or whoever is not
    /// signed in.
    func hold(_ done: Done, for reader: SubjectID?) -> String {
        cookie.setting([
            "sentence": .string(done.sentence.beginning(bytes: Self.limit)),
            "reader": .integer(reader?.number ?? 0),
        ])
    }

    /// The sentence that `request` carries for that reader.
    func sentence(in request: Request, for reader: SubjectID?) -> String? {
        guard let document = cookie.opened(from: request)?.document,
            document["reader"] == .integer(reader?.number ?? 0)
        else { return nil }
        return document["sentence"]?.string
    }

    /// The response without the sentence for the next page, if this is a page.
    func removed(by response: Response, to request: Request) -> Response {
        guard request.method != "HEAD", cookie.isSent(with: request), !cookie.isSet(by: response),
            response.headers["Content-Type"] == Response.MediaType.html.rawValue
        else { return response }
        return response.setting([cookie.removal])
    }
}
