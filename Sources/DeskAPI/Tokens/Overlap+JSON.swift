import Desk
import HTTPServer

extension Overlap {
    /// Reads `overlap_seconds`, or `overlap: "until_moved"`; `nil` where the body has neither.
    init?(in request: Request) throws {
        var body = try JSONBody(request)
        let seconds = body.optionalInteger("overlap_seconds")
        let word = body.word("overlap", of: ["until_moved"])
        try body.finish()
        guard word == nil || seconds == nil else {
            throw Problem.invalid([
                FieldFault("overlap", "cannot stand beside overlap_seconds: leave one out")
            ])
        }
        if word != nil {
            self = .untilMoved
        } else if let seconds {
            try self.init(seconds: seconds)
        } else {
            return nil
        }
    }
}
