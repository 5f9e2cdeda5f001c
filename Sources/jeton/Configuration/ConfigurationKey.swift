import Tokens

/// A key of the configuration. One list of these is what the file, the environment and the reference
/// are read by: ``ConfigurationKey/all``.
struct ConfigurationKey: Sendable {
    /// The way to it, `sign_in.session.idle`; `*` stands for a name of the operator's choosing.
    let path: String
    /// What to write, for the reference.
    let notation: String
    /// The same for editors; of a list, each value.
    let form: ValueSchema
    /// What holds where it is left out, as it would be written.
    let standard: String
    /// What it does, in a sentence.
    let sentence: String
    /// Whether it takes several values.
    let isList: Bool
    /// Sets the value; `name` is what stands for `*`.
    let set:
        @Sendable (inout Configuration, _ name: ServiceName?, _ values: [String]) throws(BadValue) -> Void

    /// The path's pieces.
    var segments: [String] { path.split(separator: ".").map(String.init) }

    /// The variable that overrides it: `JETON_SIGN_IN_SESSION_IDLE`.
    var variable: String { environmentPrefix + segments.joined(separator: "_").uppercased() }

    /// The name within a variable that has the form of this key's, where the path has a `*`.
    func name(in variable: String) -> String? {
        let parts = self.variable.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count == 2, variable.hasPrefix(parts[0]), variable.hasSuffix(parts[1]),
            variable.utf8.count > parts[0].utf8.count + parts[1].utf8.count
        else { return nil }
        let name = variable.dropFirst(parts[0].count).dropLast(parts[1].count)
        return name.lowercased().replacing("_", with: "-")
    }

    /// A key with one value.
    static func one<Value>(
        _ path: String, _ form: ValueParser<Value>, default standard: String, _ sentence: String,
        set: @escaping @Sendable (inout Configuration, Value) -> Void
    ) -> Self {
        Self(
            path: path, notation: form.notation, form: form.schema, standard: standard, sentence: sentence,
            isList: false
        ) {
            (configuration, _, values) throws(BadValue) in
            set(&configuration, try form.read(values.first ?? ""))
        }
    }

    /// A key with any number of values.
    static func list<Value>(
        _ path: String, _ form: ValueParser<Value>, default standard: String, _ sentence: String,
        set: @escaping @Sendable (inout Configuration, [Value]) -> Void
    ) -> Self {
        Self(
            path: path, notation: "a list of \(form.notation)", form: form.schema, standard: standard,
            sentence: sentence, isList: true
        ) { (configuration, _, values) throws(BadValue) in
            var read: [Value] = []
            for value in values { read.append(try form.read(value)) }
            set(&configuration, read)
        }
    }

    /// A key of a service.
    static func service<Value>(
        _ path: String, _ form: ValueParser<Value>, default standard: String, _ sentence: String,
        set: @escaping @Sendable (inout Configuration.ServiceDraft, Value) -> Void
    ) -> Self {
        Self(
            path: path, notation: form.notation, form: form.schema, standard: standard, sentence: sentence,
            isList: false
        ) {
            (configuration, name, values) throws(BadValue) in
            let value = try form.read(values.first ?? "")
            if let name { set(&configuration[name], value) }
        }
    }
}

extension ConfigurationKey {
    /// A key of a service with any number of values, one at least.
    static func serviceList<Value>(
        _ path: String, _ form: ValueParser<Value>, default standard: String, _ sentence: String,
        set: @escaping @Sendable (inout Configuration.ServiceDraft, [Value]) -> Void
    ) -> Self {
        Self(
            path: path, notation: "a list of \(form.notation)", form: form.schema, standard: standard,
            sentence: sentence, isList: true
        ) { (configuration, name, values) throws(BadValue) in
            // An empty list could be meant as "nobody", and would be read as "everybody".
            guard !values.isEmpty else { throw BadValue("the list is empty: leave the key out") }
            var read: [Value] = []
            for value in values { read.append(try form.read(value)) }
            if let name { set(&configuration[name], read) }
        }
    }
}

/// What the names of all variables begin with.
let environmentPrefix = "JETON_"
