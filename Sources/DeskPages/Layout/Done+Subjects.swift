import Tokens

// What was done to a person or a service account.
extension Done {
    static func added(_ account: Subject) -> Done {
        Done("Service account \(account.login) created. Its stewards can now create tokens for it.")
    }

    static func edited(_ account: Subject) -> Done {
        Done("\(account.login) saved. The change applies at every service from now on.")
    }

    static func removed(_ subject: Subject) -> Done {
        subject.isPerson
            ? Done(
                "\(subject.login) removed. They cannot sign in, their tokens are revoked, and their login is free."
            )
            : Done("\(subject.login) removed. Its tokens are revoked everywhere.")
    }

    static func renamed(_ person: Subject) -> Done {
        Done("\(person.login) saved. The change applies everywhere from now on.")
    }

    static func sessionEnded(_ person: Subject) -> Done {
        Done("\(person.login) is signed out of that browser.")
    }

    static func sessionsEnded(_ person: Subject) -> Done {
        Done("\(person.login) is signed out of all browsers.")
    }

    static func suspended(_ subject: Subject) -> Done {
        Done(
            "\(subject.login) suspended. None of \(subject.isPerson ? "their" : "its") tokens work any more.")
    }

    static func resumed(_ subject: Subject) -> Done {
        subject.isPerson
            ? Done("\(subject.login) resumed. They can sign in, and their tokens work again.")
            : Done("\(subject.login) resumed. Its tokens work again.")
    }

    static func released(_ person: Subject) -> Done {
        Done(
            "Identity of \(person.login) released. The next sign-in with that login is linked to this account."
        )
    }

    static func appointed(_ person: Subject, isAdministrator: Bool) -> Done {
        Done("\(person.login) is \(isAdministrator ? "now" : "no longer") an administrator.")
    }

    static func grouped(_ person: Subject) -> Done {
        Done("Groups of \(person.login) saved. They apply at every service from now on.")
    }
}
