import Ledger

/// What OCSF calls an event: its class and activity.
struct OCSFClass: Hashable {
    /// The classes of the category Identity & Access Management.
    enum ClassName: Int {
        case accountChange = 3001
        case authentication = 3002
        case entityManagement = 3004
        case userAccess = 3005
        case groupManagement = 3006

        var caption: String {
            switch self {
            case .accountChange: "Account Change"
            case .authentication: "Authentication"
            case .entityManagement: "Entity Management"
            case .userAccess: "User Access Management"
            case .groupManagement: "Group Management"
            }
        }
    }

    /// How much attention an event deserves.
    enum Severity: Int {
        case informational = 1
        case low, medium, high

        var caption: String { "\(self)".prefix(1).uppercased() + "\(self)".dropFirst() }
    }

    let name: ClassName
    let activity: Int
    let caption: String
    var severity = Severity.informational
    /// Whether it tells that something was refused.
    var isFailure = false

    private init(_ name: ClassName, _ activity: Int, _ caption: String) {
        (self.name, self.activity, self.caption) = (name, activity, caption)
    }

    private func weighing(_ severity: Severity, failed: Bool = false) -> Self {
        var copy = self
        (copy.severity, copy.isFailure) = (severity, failed)
        return copy
    }

    private static func account(_ activity: Int, _ caption: String) -> Self {
        Self(.accountChange, activity, caption)
    }

    private static func entity(_ activity: Int, _ caption: String) -> Self {
        Self(.entityManagement, activity, caption)
    }

    init(_ kind: Event.Kind) {
        self =
            switch kind {
            case .subjectAdded: .account(1, "Create")
            case .subjectReactivated, .subjectResumed: .account(2, "Enable")
            case .passwordSet: .account(3, "Password Change")
            case .subjectInvited: .account(4, "Password Reset")
            case .subjectSuspended, .subjectDeactivated: .account(5, "Disable")
            case .subjectEnded: .account(6, "Delete")
            case .subjectChanged, .subjectGroupsChanged, .subjectJoined, .identityReleased, .accountChanged,
                .accountAttended:
                .account(99, "Other")
            case .accountUnattended, .subjectNotProvisioned, .groupsLeftOut:
                .account(99, "Other").weighing(.low)
            case .signalReceived: .account(99, "Other").weighing(.medium)
            case .provisioningRefused: .account(99, "Other").weighing(.low, failed: true)
            case .subjectPromoted: Self(.userAccess, 1, "Assign Privileges").weighing(.medium)
            case .subjectDemoted: Self(.userAccess, 2, "Revoke Privileges")
            case .groupAdded: Self(.groupManagement, 6, "Create")
            case .groupChanged: Self(.groupManagement, 99, "Other")
            case .groupRemoved: Self(.groupManagement, 5, "Delete")
            case .signedIn: Self(.authentication, 1, "Logon")
            case .signInRefused: Self(.authentication, 1, "Logon").weighing(.low, failed: true)
            case .secretReused: Self(.authentication, 1, "Logon").weighing(.high, failed: true)
            case .tokenMisused: Self(.authentication, 1, "Logon").weighing(.medium)
            case .signedOut, .signedOutEverywhere: Self(.authentication, 2, "Logoff")
            case .providerDegraded: Self(.authentication, 99, "Other").weighing(.medium)
            case .newBrowser: Self(.authentication, 1, "Logon").weighing(.low)
            case .passwordNearEnd: Self(.authentication, 99, "Other").weighing(.low)
            case .tokenExpiring, .previousSecretUsed, .ownerNotified: .entity(99, "Other").weighing(.low)
            case .tokenExpiredInUse, .tokenNewNetwork, .refusalBurst: .entity(99, "Other").weighing(.medium)
            case .exportLagging, .ledgerTroubled, .endpointDisabled: .entity(99, "Other").weighing(.medium)
            case .tokenCreated: .entity(1, "Create")
            case .tokenRegenerated, .tokenRotated, .tokenChanged, .secretEnded, .tokenHandedOver,
                .signInPolicyChanged, .tokenPolicyChanged:
                .entity(3, "Update")
            case .tokenRevoked: .entity(4, "Delete")
            case .tokenPaused: .entity(12, "Suspend")
            case .tokenResumed: .entity(13, "Resume")
            case .decoyTried: Self(.authentication, 1, "Logon").weighing(.high, failed: true)
            case .trustRuleAdded: .entity(1, "Create").weighing(.low)
            case .trustRuleRemoved: .entity(4, "Delete")
            case .tradeRefused: Self(.authentication, 1, "Logon").weighing(.low, failed: true)
            case .authorizationDenied: .entity(99, "Other").weighing(.low)
            case .decoyCreated: .entity(1, "Create")
            case .decoyRevoked: .entity(4, "Delete")
            case .leakReported: .entity(99, "Other").weighing(.high)
            case .incidentOpened: .entity(1, "Create").weighing(.high)
            case .incidentClosed: .entity(3, "Update")
            case .rotationDue, .tokenRequested, .requestApproved, .requestDenied, .requestWithdrawn:
                .entity(99, "Other")
            }
    }
}
