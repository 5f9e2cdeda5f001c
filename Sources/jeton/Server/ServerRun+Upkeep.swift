import Gate
import HTTPServer
import Ledger
import SignIn
import Tokens

extension Serving {
    /// Tells of people whose logins count as one since an upgrade: they stay, and somebody has to rename them.
    func reportSharedLogins() async throws(CommandFailure) {
        let people = try await attempt { () async throws(LedgerError) in
            try await house.ledger.subjectsSharingLogin()
        }
        guard !people.isEmpty else { return }
        let logins = people.prefix(20).map(\.login.text).joined(separator: ", ")
        let more = people.count > 20 ? " and \(people.count - 20) more" : ""
        report("these logins count as one since an upgrade, rename one of each: \(logins)\(more)")
    }

    /// Hands the ledger's content to the index; tells how far that is, where it takes long.
    func load() async throws(CommandFailure) {
        let index = house.index
        let began = ContinuousClock.now
        let telling = Task {
            while (try? await Task.sleep(for: .seconds(1))) != nil { report(index.progress.description) }
        }
        defer { telling.cancel() }
        try await attempt { () async throws(LedgerError) in try await house.ledger.load(into: index) }
        let taken = ContinuousClock.now - began
        if taken >= .seconds(1) { report("\(index.progress) in \(taken.components.seconds) s") }
    }

    /// Writes uses down and sweeps out what is past keeping, until it is cancelled.
    func work() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await house.uses.run { report("uses could not be written: \($0)") } }
            group.addTask { await sweep() }
            group.addTask { await sumUpRefusals() }
            if let shared = house.shared { group.addTask { await shared.follow() } }
        }
    }

    /// Writes each minute how many refused sign-ins were only counted, until it is cancelled.
    private func sumUpRefusals() async {
        while (try? await Task.sleep(for: .seconds(60))) != nil {
            do throws(LedgerError) {
                try await house.sessions.refusals.flush()
            } catch {
                report("refused sign-ins could not be summed up: \(error)")
            }
        }
    }

    private func sweep() async {
        while !Task.isCancelled {
            house.index.sweep(at: house.clock.now)
            do throws(LedgerError) {
                try await house.ledger.sweep(at: house.clock.now)
            } catch {
                report("what is past keeping could not be removed: \(error)")
            }
            let next = ContinuousClock.now + .seconds(3600)
            while !Task.isCancelled, ContinuousClock.now < next {
                try? await Task.sleep(for: .seconds(1))
                await takeBackTerms()
            }
        }
    }

    /// Where the clock was ahead and is set right, tokens get back what was swept out as long expired.
    private func takeBackTerms() async {
        guard house.index.isMissingTerms(at: house.clock.now) else { return }
        do throws(LedgerError) {
            try await house.index.takeBackTerms(at: house.clock.now) { (reader) async throws(LedgerError) in
                try await house.ledger.load(into: reader)
            }
            report("the clock was set back: what tokens may do that had seemed expired was read again")
        } catch {
            report("the clock was set back, and what tokens may do could not be read again: \(error)")
        }
    }
}

extension House {
    /// Reads the certificate and its key anew and shows them to who connects to `server` from now on.
    /// Where they are no good the server keeps what it has.
    func reload(into server: Server) {
        guard let files = configuration.tls.files else {
            return report("SIGHUP: there is no `tls`, and nothing else is read anew; start the server again")
        }
        do throws(TLSFiles.Fault) {
            let identity = try files.load()
            server.present(identity)
            report("SIGHUP: the certificate was read anew, and is valid until \(identity.expires.rfc3339)")
            for warning in identity.warnings(at: clock.now) { report("warning: \(warning)") }
        } catch {
            report("SIGHUP: the certificate stays as it was: `\(error.key)` \(error.sentence)")
        }
    }
}
