import JSON
public import Ledger
import SignIn
import Sodium
import Tokens

/// Stream management (SSF 1.0, section 8): Jeton sets its stream up at the transmitter, asks for a verification, and reads
/// its status.
extension SignalReceiver {
    /// Sets the stream up, or changes the one that is there to what the configuration says. Returns what is known of it.
    public func setUp() async throws -> SignalStream {
        let metadata = try await transmitter.metadata()
        guard let address = metadata.configurationEndpoint?.text else {
            throw TransmitterFault.noAddress(.stream)
        }
        let answer = try await madeOrChanged(at: address)
        guard let id = answer["stream_id"]?.string, !id.isEmpty, id.utf8.count <= 255 else {
            throw TransmitterFault.malformed(.stream, what: "it has no `stream_id`")
        }
        guard answer["iss"]?.string.map({ $0.isExactly(settings.issuer) }) ?? true else {
            throw TransmitterFault.otherIssuer
        }
        let audience = answer["aud"]?.string.map { [$0] } ?? answer["aud"]?.array?.compactMap(\.string) ?? []
        guard audience.isEmpty || audience.containsExactly(settings.audience) else {
            throw TransmitterFault.malformed(
                .stream,
                what:
                    "the audience is \(audience.joined(separator: ", ").inOneLine): set `signals.audience` to it"
            )
        }
        let endpoint = settings.management?.polls == true ? try pollAddress(in: answer) : nil
        return try await ledger.update(stream: settings.name) { stream in
            (stream.id, stream.endpoint) = (id, endpoint)
            stream.status = stream.status ?? "enabled"
        }
    }

    /// Where to poll. An access token is sent there.
    private func pollAddress(in answer: JSONValue) throws(TransmitterFault) -> String {
        guard let text = answer["delivery"]?["endpoint_url"]?.string else {
            throw .malformed(.stream, what: "it has no `delivery.endpoint_url` to poll")
        }
        guard let address = ProviderAddress(text) else { throw .unsafePollAddress }
        return address.text
    }

    /// The stream's configuration after the known one was changed, or after one was made; or, where there is one (409),
    /// after that was changed.
    private func madeOrChanged(at address: String) async throws -> JSONValue {
        if let id = try await ledger.stream(settings.name).id,
            let changed = try await changed(id, at: address)
        {
            return changed
        }
        do throws(TransmitterFault) {
            let answer = try await transmitter.send(.stream, "POST", address, wanted)
            if let document = answer.document { return document }
            throw TransmitterFault.malformed(.stream, what: "it is empty")
        } catch {
            guard case .refused(_, status: 409, code: _) = error else { throw error }
        }
        // The transmitter keeps one stream for each receiver.
        let found = try await transmitter.send(.stream, "GET", address)
        guard let id = found.document?["stream_id"]?.string else {
            throw TransmitterFault.malformed(.stream, what: "a stream is there, but it has no `stream_id`")
        }
        return try await changed(id, at: address) ?? found.document ?? [:]
    }

    /// The configuration of a stream after it was changed to ``wanted``; `nil` where it is not there.
    private func changed(_ id: String, at address: String) async throws(TransmitterFault) -> JSONValue? {
        do throws(TransmitterFault) {
            let body = wanted.with(["stream_id": .string(id)])
            return try await transmitter.send(.stream, "PATCH", address, body).document
        } catch {
            guard case .refused(_, status: 404, code: _) = error else { throw error }
            return nil
        }
    }

    /// What the stream should be.
    private var wanted: JSONValue {
        var delivery: [String: JSONValue] = ["method": "urn:ietf:rfc:8936"]
        if settings.management?.polls != true {
            delivery = ["method": "urn:ietf:rfc:8935", "endpoint_url": .string(settings.endpoint)]
            if let authorization = settings.authorization {
                delivery["authorization_header"] = .string(authorization.text)
            }
        }
        return [
            "delivery": .object(delivery), "description": "Jeton",
            "events_requested": .strings(SignalEvent.allCases.map(\.type)),
        ]
    }

    /// Asks for a verification, which comes as a signal with a `state` that only the transmitter knows.
    public func askForVerification() async throws {
        guard let id = try await ledger.stream(settings.name).id else { throw TransmitterFault.notSetUp }
        guard let address = try await transmitter.metadata().verificationEndpoint?.text else {
            throw TransmitterFault.noAddress(.verification)
        }
        let state = Sodium.base64URL(Sodium.randomBytes(count: 24))
        let now = clock.now
        // Before it is sent, since the answer may be faster.
        try await ledger.update(stream: settings.name) { stream in
            stream.askedState = SHA256Digest(of: state)
            stream.askedAt = now
        }
        _ = try await transmitter.send(
            .verification, "POST", address, ["stream_id": .string(id), "state": .string(state)])
    }

    /// What is known of the stream. With `asking`, after the transmitter was asked for its status.
    public func stream(asking: Bool = false) async throws -> SignalStream {
        let known = try await ledger.stream(settings.name)
        guard asking, settings.management != nil else { return known }
        guard let id = known.id else { throw TransmitterFault.notSetUp }
        guard let address = try await transmitter.metadata().statusEndpoint?.text else {
            throw TransmitterFault.noAddress(.status)
        }
        let separator = address.contains("?") ? "&" : "?"
        let answer = try await transmitter.send(
            .status, "GET", "\(address)\(separator)stream_id=\(id.percentEncoded)")
        guard let status = answer.document?["status"]?.string, !status.isEmpty else {
            throw TransmitterFault.malformed(.status, what: "it has no `status`")
        }
        return try await ledger.update(stream: settings.name) { $0.status = status.inOneLine }
    }
}
