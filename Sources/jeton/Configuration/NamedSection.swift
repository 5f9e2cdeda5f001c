import Tokens

/// A section below a name that the operator chooses, such as `services.NAME`.
protocol NamedSection: Sendable {
    var name: ServiceName { get }
    init(name: ServiceName)
}

extension Array where Element: NamedSection {
    /// The section of that name, which setting adds; a new one where there is none.
    subscript(named name: ServiceName) -> Element {
        get { first { $0.name == name } ?? Element(name: name) }
        set {
            if let index = firstIndex(where: { $0.name == name }) {
                self[index] = newValue
            } else {
                append(newValue)
            }
        }
    }
}

extension ConfigurationKey {
    /// A key of the sections at `sections`, with one value.
    static func named<Section: NamedSection, Value>(
        _ path: String, _ form: ValueParser<Value>, default standard: String, _ sentence: String,
        in sections: any WritableKeyPath<Configuration, [Section]> & Sendable,
        set: @escaping @Sendable (inout Section, Value) -> Void
    ) -> Self {
        Self(path, form, standard, sentence) { (configuration, name, values) throws(BadValue) in
            let value = try form.read(values.first ?? "")
            if let name { set(&configuration[keyPath: sections][named: name], value) }
        }
    }

    /// A key of the sections at `sections`, with any number of values.
    static func namedList<Section: NamedSection, Value>(
        _ path: String, _ form: ValueParser<Value>, default standard: String, _ sentence: String,
        in sections: any WritableKeyPath<Configuration, [Section]> & Sendable,
        set: @escaping @Sendable (inout Section, [Value]) throws(BadValue) -> Void
    ) -> Self {
        Self(path, form, standard, sentence, isList: true) { (configuration, name, values) throws(BadValue) in
            let read = try form.read(all: values)
            if let name { try set(&configuration[keyPath: sections][named: name], read) }
        }
    }
}
