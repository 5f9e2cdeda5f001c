import Desk

/// A fault of one field of a form, as a sentence.
struct FormFault: Sendable, Hashable {
    /// The `id` of the field's element.
    let field: String
    let sentence: String

    init(_ field: String, _ sentence: String) {
        self.field = field
        self.sentence = sentence
    }
}

extension FieldFault {
    /// The sentence for a form, in which the field is called `name`.
    func shown(calling name: String) -> String {
        let text = sentence(calling: "The \(name)")
        return "\(text.prefix(1).uppercased())\(text.dropFirst())."
    }
}

extension [FormFault] {
    /// The sentences about one field.
    func about(_ field: String) -> [String] {
        filter { $0.field == field }.map(\.sentence)
    }
}

/// The list of faults above the form, which screen readers announce; each links to its field.
@HTMLBuilder
func faultSummary(_ faults: [FormFault]) -> HTML {
    if !faults.isEmpty {
        div(.class("notice bad"), .id("faults"), .role("alert"), .focusable, .data("focus")) {
            p { strong { faults.count == 1 ? "Please fix this:" : "Please fix \(faults.count) things:" } }
            ul {
                for fault in faults {
                    li { a(.href(.fragment(fault.field))) { fault.sentence } }
                }
            }
        }
    }
}

/// A labelled input with its hint and its faults, connected for screen readers.
@HTMLBuilder
func field(
    _ id: String, label text: String, hint: String? = nil, faults: [FormFault] = [],
    _ attributes: Attribute?...
) -> HTML {
    let wrong = faults.about(id)
    div(.class(wrong.isEmpty ? "field" : "field wrong")) {
        label(.for(id)) { text }
        if let hint { p(.class("hint"), .id("\(id)-hint")) { hint } }
        faultText(wrong, id: id)
        HTML(
            void: "input",
            [
                .id(id), .name(id), describedBy(id, hint: hint != nil, wrong: !wrong.isEmpty),
                wrong.isEmpty ? nil : .invalid,
            ] + attributes)
    }
}

/// The faults beside a field.
@HTMLBuilder
func faultText(_ sentences: [String], id: String) -> HTML {
    if !sentences.isEmpty {
        p(.class("fault"), .id("\(id)-fault")) { sentences.joined(separator: " ") }
    }
}

func describedBy(_ id: String, hint: Bool, wrong: Bool) -> Attribute? {
    .describedBy((hint ? ["\(id)-hint"] : []) + (wrong ? ["\(id)-fault"] : []))
}

/// A password field that password managers recognise.
func passwordField(
    _ id: String, label text: String, hint: String? = nil, isNew: Bool, faults: [FormFault] = []
) -> HTML {
    field(
        id, label: text, hint: hint, faults: faults, .type("password"), .required,
        .autocomplete(isNew ? "new-password" : "current-password"), .maxLength(1024))
}

/// One of several choices, with a hint below its title.
func radioChoice(_ name: String, _ value: String, _ title: String, _ hint: String, isChosen: Bool) -> HTML {
    label(.class("choice"), .for("\(name)-\(value)")) {
        input(
            .type("radio"), .name(name), .id("\(name)-\(value)"), .value(value), isChosen ? .checked : nil)
        span {
            title
            span(.class("hint")) { hint }
        }
    }
}

/// A form that unfolds below a heading, without a script.
func foldedForm(_ name: String, isOpen: Bool, @HTMLBuilder form: () -> HTML) -> HTML {
    details(.class("new"), .id("new"), isOpen ? .open : nil) {
        summary { span { name } }
        div(.class("card"), content: form)
    }
}

/// A form with an effect. The only way to create one, so that none lacks its proof.
func postForm(
    to path: DeskPath, proof: FormProof, _ attributes: Attribute?..., @HTMLBuilder content: () -> HTML
) -> HTML {
    HTML(
        "form", [.method("post"), .action(path)] + attributes,
        HTML(joining: [
            input(.type("hidden"), .name(proof.field), .value(proof.value)), content(),
        ]))
}
