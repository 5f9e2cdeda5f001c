import Desk
import Exports
import Gate
import HTTPServer
import Ledger
import Notices
import SignIn
import Signals
import TokenIndex
import Tokens

extension ServerRun {
    /// Reports people whose logins have become equal with an upgrade. They keep them until somebody renames them.
    func reportSharedLogins() async throws(CommandFailure) {
        let people = try await attempt { () async throws(LedgerError) in
            try await components.ledger.subjectsSharingLogin()
        }
        guard !people.isEmpty else { return }
        let logins = people.map(\.login.text).words(first: 20)
        report("these logins have been equal since an upgrade, rename one of each pair: \(logins)")
    }

    /// Loads the ledger into the index. Reports progress if that takes longer than a second.
    func load() async throws(CommandFailure) {
        let index = components.index
        let began = ContinuousClock.now
        let reporting = Task {
            while (try? await Task.sleep(for: .seconds(1))) != nil { report(index.progress.description) }
        }
        defer { reporting.cancel() }
        try await attempt { () async throws(LedgerError) in try await components.ledger.load(into: index) }
        let taken = ContinuousClock.now - began
        if taken >= .seconds(1) { report("\(index.progress) in \(taken.components.seconds) s") }
    }

    /// Writes uses, deletes what has expired and follows other nodes, until it is cancelled.
    func work() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await components.uses.run { report("cannot write uses: \($0)") } }
            group.addTask { await sweep() }
            group.addTask { await sumUpRefusals() }
            group.addTask { await endMovedSecrets() }
            group.addTask { await enforceIdleRules() }
            for export in components.exports { group.addTask { await export.run { report($0) } } }
            group.addTask { await components.notices.run { report($0) } }
            if let signals = components.signals, let management = signals.settings.management {
                group.addTask { await SignalUpkeep(signals, ledger: components.ledger).run { report($0) } }
                if management.polls { group.addTask { await SignalPoll(signals).run { report($0) } } }
            }
            if let shared = components.shared { group.addTask { await shared.follow() } }
        }
    }

    /// Writes refused sign-ins that were only counted as one event each minute, until it is cancelled.
    private func sumUpRefusals() async {
        while (try? await Task.sleep(for: .seconds(60))) != nil {
            do throws(LedgerError) {
                try await components.sessions.refusals.flush()
                try await components.trust.refusals.flush()
            } catch {
                report("cannot record refused sign-ins: \(error)")
            }
        }
    }

    /// Ends previous secrets from which everything has moved to the current one, until it is cancelled.
    private func endMovedSecrets() async {
        var moved = Set<SecretID>()
        while (try? await Task.sleep(for: .seconds(2))) != nil {
            do throws(DeskFault) {
                moved = try await components.tokens.endMoved(moved)
            } catch {
                report("cannot end the previous secrets of rotated tokens: \(error)")
            }
        }
    }

    /// Pauses and revokes tokens that nobody uses, at once and then every hour, until it is cancelled.
    private func enforceIdleRules() async {
        var isDone = false
        while !Task.isCancelled {
            var hasMore = false
            do throws(DeskFault) {
                hasMore = try await components.tokens.enforceIdleRules(again: isDone)
                isDone = !hasMore
            } catch {
                report("cannot pause tokens that nobody uses: \(error)")
            }
            try? await Task.sleep(for: .seconds(hasMore ? 1 : 3600))
        }
    }

    private func sweep() async {
        while !Task.isCancelled {
            components.index.sweep(at: components.clock.now)
            do throws(LedgerError) {
                try await components.ledger.sweep(at: components.clock.now)
                try await components.ledger.settleStewards(at: components.clock.now)
                try await components.ledger.forget(
                    components.configuration.retention, at: components.clock.now)
            } catch {
                report("cannot delete expired data: \(error)")
            }
            let next = ContinuousClock.now + .seconds(3600)
            while !Task.isCancelled, ContinuousClock.now < next {
                try? await Task.sleep(for: .seconds(1))
                await restorePermissions()
            }
        }
    }

    /// Restores the permissions of tokens that seemed long expired while the clock was ahead.
    private func restorePermissions() async {
        guard components.index.isMissingPermissions(at: components.clock.now) else { return }
        do throws(LedgerError) {
            try await components.index.restorePermissions(at: components.clock.now) {
                (reader) async throws(LedgerError) in
                try await components.ledger.load(into: reader)
            }
            report("the clock was set back: reloaded the permissions of tokens that had seemed expired")
        } catch {
            report("the clock was set back, but the permissions of tokens cannot be reloaded: \(error)")
        }
    }
}

extension Components {
    /// Reloads the certificate and its key for new connections to `server`. If they are unusable, the server keeps
    /// those it has.
    func reload(into server: Server) {
        guard let files = configuration.tls.files else {
            return report("SIGHUP: `tls` is not set, and nothing else is reloaded; restart the server")
        }
        do throws(TLSFileFault) {
            let identity = try files.load()
            server.present(identity)
            report("SIGHUP: reloaded the certificate, which is valid until \(identity.expires.rfc3339)")
            for warning in identity.warnings(at: clock.now) { report("warning: \(warning)") }
        } catch {
            report("SIGHUP: the certificate was not reloaded: `\(error.key)` \(error.sentence)")
        }
    }
}
