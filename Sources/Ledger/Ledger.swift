public import Sodium
public import Tokens

/// What remembers: subjects, their tokens, sessions, the tokens' uses, and every event.
///
/// Each change is one transaction together with its ``Event``. A method that returns has made its
/// change last (it survives `kill -9` and a pulled plug) and has handed it to the ledger's
/// observer, so that whoever is answered afterwards is answered by a gate that knows.
///
/// Errors are ``LedgerError``; `LedgerConformance` in the tests says what every engine must do.
public protocol Ledger: ProvisioningLedger {
    // MARK: Subjects

    /// Adds a subject. Throws ``LedgerError/loginTaken`` where another has its login (folded).
    func add(_ subject: Subject, event: Event) async throws(LedgerError)
    /// The subject of that identifier.
    func subject(_ id: SubjectID) async throws(LedgerError) -> Subject?
    /// The subject of that login, see ``Tokens/Login/folded``. Of those that fold alike it is the one whose login
    /// has the same bytes, or else none.
    func subject(login: Login) async throws(LedgerError) -> Subject?
    /// Those who cannot be told apart by their folded login, by login: none, unless an upgrade changed the folding.
    func subjectsSharingLogin() async throws(LedgerError) -> [Subject]
    /// The subjects whose login, name or e-mail holds `search` (all for `nil`), by login.
    func subjects(matching search: String?) async throws(LedgerError) -> [Subject]
    /// Replaces what may change of a subject: all but its identifier, when it was added, when it last signed
    /// in, which its sessions move, and what its identity provider alone decides, its deactivation and its
    /// end. Throws ``LedgerError/noSuchSubject``, also where the account has ended, or
    /// ``LedgerError/loginTaken``.
    func update(_ subject: Subject, event: Event) async throws(LedgerError)

    /// Has an administrator's suspension begin, with which the subject's sessions end, or end where `since` is
    /// nil. Returns the subject as it now is. Throws ``LedgerError/noSuchSubject``, and
    /// ``LedgerError/lastAdministrator`` where nobody would be left who administers.
    @discardableResult
    func suspend(_ id: SubjectID, since: Timestamp?, event: Event) async throws(LedgerError) -> Subject

    /// Whether anybody administers.
    func administration() async throws(LedgerError) -> AdministrationState
    /// Gives a subject the administrator's role, or takes it. Returns the subject as it now is; nothing happens
    /// where it has that role already. Throws ``LedgerError/noSuchSubject``, also where the account has ended, and
    /// ``LedgerError/lastAdministrator`` where nobody would be left who administers: of two who take it from each
    /// other at once, one keeps it.
    @discardableResult
    func appoint(_ id: SubjectID, administrator: Bool, event: Event) async throws(LedgerError) -> Subject
    /// Puts a subject into groups and takes it out of others, of those that the desk gave it; what a provider
    /// provisioned stays. Returns the subject as it now is; no event is kept where nothing changes. Throws
    /// ``LedgerError/noSuchSubject``, also where the account has ended, and ``LedgerError/tooManyGroups`` beyond
    /// ``GroupName/limit``.
    @discardableResult
    func changeGroups(
        of id: SubjectID, adding: [String], removing: [String], event: Event
    ) async throws(LedgerError) -> Subject

    /// Adds a subject with the identity that it signs in by. Throws ``LedgerError/identityTaken`` where
    /// that is another's, and ``LedgerError/loginTaken``.
    func add(_ subject: Subject, identity: Identity, event: Event) async throws(LedgerError)
    /// The subject of that identity.
    func subject(of identity: Identity) async throws(LedgerError) -> Subject?
    /// Replaces what an identity provider says of a subject at a sign-in, and nothing else: one that is
    /// suspended meanwhile stays so, and stays in the groups that were provisioned. Whom a provider
    /// provisioned keeps the login, which has one writer. Returns the subject as
    /// it now is, with all its groups. Throws ``LedgerError/noSuchSubject`` or ``LedgerError/loginTaken``.
    @discardableResult
    func update(_ id: SubjectID, to profile: Profile, event: Event) async throws(LedgerError) -> Subject

    /// Whom somebody means who signs in as `text` with a password: whose login it is, or else whose e-mail address
    /// (folded), where exactly one account has it that has a password and has not ended.
    func subject(signingInAs text: String) async throws(LedgerError) -> Subject?

    /// The hash of the subject's password, if it has one.
    func passwordHash(of subject: SubjectID) async throws(LedgerError) -> PasswordHash?
    /// Sets the password and, in the same transaction, ends all its sessions but `keeping`. Where it is to take
    /// the place of `old`, throws ``LedgerError/changedMeanwhile`` where that is not the password any more.
    func setPassword(
        _ hash: PasswordHash, of subject: SubjectID, replacing old: PasswordHash?, keeping: SessionID?,
        event: Event
    ) async throws(LedgerError)

    /// Keeps another hash of the same password: nothing ends by it, and it is no event. Throws
    /// ``LedgerError/changedMeanwhile`` where `old` is not what is kept any more.
    func keep(
        _ hash: PasswordHash, of subject: SubjectID, replacing old: PasswordHash
    ) async throws(LedgerError)

    // MARK: Invitations

    /// Keeps a one-time link, by the digest of its code; earlier ones for the same subject stop working. Of those
    /// to the first administrator's account, with `subject` nil, the latest ``LedgerLimits/firstInvitations`` stay.
    func add(_ invitation: Invitation) async throws(LedgerError)
    /// The unused invitation of that digest, whether or not its time is over.
    func invitation(_ digest: SHA256Digest) async throws(LedgerError) -> Invitation?
    /// Uses up an invitation and sets the password, and where it is for the first administrator adds the
    /// subject and uses up the others of that kind, all or nothing. Sessions end as with
    /// ``setPassword(_:of:replacing:keeping:event:)``.
    /// Throws ``LedgerError/invitationUsed`` where it is gone, where it is for another subject, and where it is
    /// for the first administrator and there is or was one, and ``LedgerError/loginTaken``.
    func accept(
        _ digest: SHA256Digest, as subject: Subject, password: PasswordHash, event: Event
    ) async throws(LedgerError)

    // MARK: Tokens

    /// Keeps a new token, neither revoked nor replaced yet, under its digest. Throws ``LedgerError/nameTaken`` where its owner has a
    /// token of that name (folded) that is live at `token.createdAt` and has no successor, and
    /// ``LedgerError/tooManyTokens`` at ``LedgerLimits/activeTokensPerSubject``.
    func add(_ token: Token, digest: TokenDigest, event: Event) async throws(LedgerError)
    /// Puts a new token in the place of `old`, which keeps working until `oldEnds` (now at the
    /// latest where that is `token.createdAt`: it is revoked as regenerated; later: it gets that
    /// expiry, or keeps its own where that is sooner). `old` gets the new token as successor.
    /// Throws ``LedgerError/notActive`` where `old` is not live or has a successor already,
    /// ``LedgerError/noSuchToken`` where the owner has no such token, and what adding one throws.
    func replace(
        _ old: TokenID, with token: Token, digest: TokenDigest, oldEnds: Timestamp, event: Event
    ) async throws(LedgerError)
    /// Keeps a token that was traded for another: its ``Tokens/Token/origin`` says for which. It takes the
    /// place of the live one that a program of the same name on the same device got from the same `place` for
    /// that parent, which is revoked as regenerated: programs call every device the same. Its name is claimed
    /// from nobody.
    ///
    /// Whatever ends the parent ends it in the same transaction: it is revoked with it, or gets the expiry
    /// that regenerating gives the parent.
    /// Throws ``LedgerError/noSuchToken`` where the owner has no such parent, ``LedgerError/notActive`` where
    /// the parent is not live, was traded for itself, or ends before the new token would, and
    /// ``LedgerError/tooManyTokens`` at ``LedgerLimits/activeExchangesPerToken``.
    func exchange(
        _ token: Token, digest: TokenDigest, from place: String, event: Event
    ) async throws(LedgerError)
    /// Revokes a token. Idempotent: one that was revoked before stays as it was, and no second event is kept.
    /// Returns the token as it now is; throws ``LedgerError/noSuchToken``.
    @discardableResult
    func revoke(_ id: TokenID, _ revocation: Token.Revocation, event: Event) async throws(LedgerError)
        -> Token
    /// The token of that identifier.
    func token(_ id: TokenID) async throws(LedgerError) -> Token?
    /// The token of that digest.
    func token(_ digest: TokenDigest) async throws(LedgerError) -> Token?
    /// A page of tokens, newest first.
    func tokens(_ query: TokenQuery) async throws(LedgerError) -> [ListedToken]

    // MARK: Uses

    /// Adds what was gathered since the last call: counts are added, moments only move forward.
    func record(_ uses: [Use]) async throws(LedgerError)
    /// The uses of a token on and after the day of `since`, the latest first.
    func uses(of token: TokenID, since: Timestamp) async throws(LedgerError) -> [Use]

    /// Adds what was gathered of passwords since the last call, as ``record(_:)`` does of tokens.
    func record(passwordUses uses: [PasswordUse]) async throws(LedgerError)
    /// The uses of passwords on and after the day of `since`, the latest first, of one subject where it
    /// is given: each kind of use once, with all of its days counted.
    func passwordUses(
        of subject: SubjectID?, since: Timestamp
    ) async throws(LedgerError) -> [ListedPasswordUse]
    /// Whether any use of a password is kept.
    func hasPasswordUses() async throws(LedgerError) -> Bool

    // MARK: Sessions

    /// Keeps a session. One that came through the provider moves its subject's `lastSignInAt` forward.
    ///
    /// Looking at a password takes a while. So one that came by it is kept only while that is still `password`,
    /// and any only while its subject is not suspended: else throws ``LedgerError/changedMeanwhile``.
    func add(_ session: Session, by password: PasswordHash?, event: Event) async throws(LedgerError)
    /// The session of that digest.
    func session(_ digest: SHA256Digest) async throws(LedgerError) -> Session?
    /// The subject's sessions, the latest seen first.
    func sessions(of subject: SubjectID) async throws(LedgerError) -> [Session]
    /// The sessions that the identity provider calls by that name, of whichever subject.
    func sessions(providerSession: String) async throws(LedgerError) -> [Session]
    /// Moves `lastSeenAt` forward.
    func touch(_ session: SessionID, at now: Timestamp) async throws(LedgerError)
    /// Ends one session; nothing happens where it has ended.
    func end(_ session: SessionID, event: Event) async throws(LedgerError)
    /// Ends all sessions of a subject but `keeping`.
    func endSessions(of subject: SubjectID, keeping: SessionID?, event: Event) async throws(LedgerError)

    // MARK: What every node has to know for a while

    /// Marks something as used that may be used once, until `end`, from when on nobody takes it any more.
    /// Returns whether it is used for the first time, by whichever node.
    func use(
        _ mark: SHA256Digest, until end: Timestamp, at now: Timestamp
    ) async throws(LedgerError) -> Bool
    /// How long `keys` still have to wait after what failed on any node; `nil` where they may try now.
    func wait(for keys: [AttemptKey], at now: Timestamp) async throws(LedgerError) -> TimeSpan?
    /// Begins an attempt: how long `keys` still have to wait, or `nil` where it may be made now. It is
    /// counted as a failure until it succeeds, so that many at once, on many nodes, are no way around it.
    func begin(_ keys: [AttemptKey], at now: Timestamp) async throws(LedgerError) -> TimeSpan?
    /// Forgets the failures of who has now succeeded; of a key that is shared, one.
    func succeed(_ keys: [AttemptKey]) async throws(LedgerError)

    // MARK: Events

    /// Keeps an event that changes nothing else, such as a failed sign-in.
    func add(_ event: Event) async throws(LedgerError)
    /// The newest events, at most `limit`, before `before` where given, about one subject where given.
    func events(about subject: SubjectID?, before: EventID?, limit: Int) async throws(LedgerError) -> [Event]

    // MARK: What the operator demands

    /// How often people have to sign in for their tokens to stay awake, if that is demanded.
    func signInPolicy() async throws(LedgerError) -> SignInPolicy?
    /// Settles that demand by ``Tokens/SignInPolicy/settled(every:after:at:)`` as of `event.at`, and returns
    /// what holds now. No event is kept where nothing changes.
    @discardableResult
    func setSignInPolicy(every span: TimeSpan?, event: Event) async throws(LedgerError) -> SignInPolicy?

    // MARK: The whole

    /// How often it failed since it was opened.
    var failures: LedgerFailures { get }
    /// Hands the demand there is, then every subject, then every token to `reader`, as at the start: all as
    /// of one moment after whatever was answered before. Nobody who changes something waits for it.
    /// Ends early, with ``LedgerError/cancelled``, where its task is cancelled.
    func load(into reader: some LedgerReader) async throws(LedgerError)
    /// Removes what is past keeping: uses, of passwords too, of more than 90 days ago, and the sessions not
    /// seen and invitations over for as long, and what every node had to know for a while. (Ended sessions
    /// and used invitations are removed at once.)
    func sweep(at now: Timestamp) async throws(LedgerError)
    /// Writes a whole and consistent copy to a new file, while serving.
    /// Throws ``LedgerError/backupFailed(reason:)`` where the file exists or cannot be written.
    func backup(to path: String) async throws(LedgerError)
    /// Finishes what runs and lets go of the files. Nothing may be called afterwards.
    func close() async
}

extension Ledger {
    /// Keeps a session that came by no password.
    public func add(_ session: Session, event: Event) async throws(LedgerError) {
        try await add(session, by: nil, event: event)
    }

    /// Sets the password, whatever it was, and ends all of the subject's sessions but `keeping`.
    public func setPassword(
        _ hash: PasswordHash, of subject: SubjectID, keeping: SessionID?, event: Event
    ) async throws(LedgerError) {
        try await setPassword(hash, of: subject, replacing: nil, keeping: keeping, event: event)
    }
}

/// A change that a gate must know of. Applying one twice does no harm.
public enum Change: Sendable {
    /// A subject as it now is.
    case subject(Subject)
    /// A token as it now is, with the digest under which it is found.
    case token(Token, TokenDigest)
    /// How often people have to sign in, from now on; `nil` for not at all.
    case signInPolicy(SignInPolicy?)
    /// A subject has another password than before. Not told at the start.
    case password(SubjectID)
}

/// The bounds that every engine keeps.
public enum LedgerLimits {
    /// The most live tokens that one subject holds.
    public static let activeTokensPerSubject = 1000
    /// The most live tokens that were traded for one.
    public static let activeExchangesPerToken = 50
    /// The most rows of uses that are kept for one token, or one person's password, and day; what is beyond
    /// is counted in the last of them, which has no service, client and address.
    public static let usesPerTokenAndDay = 200
    /// For how long another identity may take the place of one that was released.
    public static let releaseLasting = TimeSpan.days(7)
    /// The most links to the first administrator's account that are good at a time.
    public static let firstInvitations = 16
    /// For how many days uses are kept.
    public static let daysOfUses = 90
}
