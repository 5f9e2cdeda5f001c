import Tokens

/// A key of the configuration. The file, the environment, the reference and the schema all go by one list of keys,
/// ``all``.
///
/// A key says how its value is parsed and where it is stored:
///
/// ```swift
/// .one("stop.drain", .delay, default: "0s", "How long the server keeps serving after SIGTERM.") { $0.stop.drain = $1 }
/// ```
struct ConfigurationKey: Sendable {
    /// `sign_in.session.idle`; `*` stands for the name of a service.
    let path: String
    /// The form of the value, for the reference.
    let notation: String
    /// The form of the value (of each value, for a list), for the schema.
    let form: ValueSchema
    /// The default, as it would be written.
    let standard: String
    /// The reference text.
    let sentence: String
    let isList: Bool
    /// Parses and stores the value; `name` is the service's.
    let set:
        @Sendable (inout Configuration, _ name: ServiceName?, _ values: [String]) throws(BadValue) -> Void

    /// `["sign_in", "session", "idle"]`.
    var segments: [String] { path.split(separator: ".").map(String.init) }

    /// Its environment variable: `JETON_SIGN_IN_SESSION_IDLE`.
    var variable: String { environmentPrefix + segments.joined(separator: "_").uppercased() }

    /// The service's name in a variable for this key: `maven` in `JETON_SERVICES_MAVEN_TITLE`.
    func name(in variable: String) -> String? {
        let parts = self.variable.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count == 2, variable.hasPrefix(parts[0]), variable.hasSuffix(parts[1]),
            variable.utf8.count > parts[0].utf8.count + parts[1].utf8.count
        else { return nil }
        let name = variable.dropFirst(parts[0].count).dropLast(parts[1].count)
        return name.lowercased().replacing("_", with: "-")
    }
}

extension ConfigurationKey {
    init<Value>(
        _ path: String, _ form: ValueParser<Value>, _ standard: String, _ sentence: String,
        isList: Bool = false,
        set: @escaping @Sendable (inout Configuration, ServiceName?, [String]) throws(BadValue) -> Void
    ) {
        self.init(
            path: path, notation: isList ? "a list of \(form.notation)" : form.notation, form: form.schema,
            standard: standard, sentence: sentence, isList: isList, set: set)
    }

    /// A key with one value.
    static func one<Value>(
        _ path: String, _ form: ValueParser<Value>, default standard: String, _ sentence: String,
        set: @escaping @Sendable (inout Configuration, Value) -> Void
    ) -> Self {
        Self(path, form, standard, sentence) { (configuration, _, values) throws(BadValue) in
            set(&configuration, try form.read(values.first ?? ""))
        }
    }

    /// A key with any number of values.
    static func list<Value>(
        _ path: String, _ form: ValueParser<Value>, default standard: String, _ sentence: String,
        set: @escaping @Sendable (inout Configuration, [Value]) -> Void
    ) -> Self {
        Self(path, form, standard, sentence, isList: true) { (configuration, _, values) throws(BadValue) in
            set(&configuration, try form.read(all: values))
        }
    }

    /// A key of a service.
    static func service<Value>(
        _ path: String, _ form: ValueParser<Value>, default standard: String, _ sentence: String,
        set: @escaping @Sendable (inout ServiceSection, Value) -> Void
    ) -> Self {
        .named(path, form, default: standard, sentence, in: \.serviceSections, set: set)
    }

    /// A key of a service with at least one value.
    static func serviceList<Value>(
        _ path: String, _ form: ValueParser<Value>, default standard: String, _ sentence: String,
        set: @escaping @Sendable (inout ServiceSection, [Value]) -> Void
    ) -> Self {
        .namedList(path, form, default: standard, sentence, in: \.serviceSections) {
            (section, values) throws(BadValue) in
            // An empty list could be meant as "nobody", but would mean "everybody".
            guard !values.isEmpty else { throw BadValue("the list is empty: remove the key") }
            set(&section, values)
        }
    }
}

extension ConfigurationKey {
    /// Every key, in the order of the reference.
    static let all: [ConfigurationKey] =
        listen + tls + ledger + tokenPrefix + postgreSQL + signIn + oidc + passwordCheck + services
        + saslauthd + tokenRules + accounts + agents
        + oauth + federation + nuxeo + signals + limits + stop + log + metrics + events + exports + notices
        + leaks
}

/// The prefix of all environment variables.
let environmentPrefix = "JETON_"
