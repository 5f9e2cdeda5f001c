/// Whether anybody administers the desk.
public enum AdministrationState: Hashable, Sendable {
    /// There is no account at all.
    case noAccounts
    /// There are accounts, and none of them ever administered.
    case neverAdministered
    /// Nobody who administers could sign in now, and somebody did administer once.
    case noLongerAdministered
    /// Somebody does.
    case administered

    /// Whether nobody ever administered, so that a link to make an administrator's account is good.
    public var isBeforeFirst: Bool { self == .noAccounts || self == .neverAdministered }
}
