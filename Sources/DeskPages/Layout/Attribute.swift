/// An attribute of an element.
///
/// Only those that the pages use exist: no `style` and no `on…`, which the policy in ``PageHeaders`` blocks, and no
/// address outside the desk but that of a CI system's run.
struct Attribute: Sendable, Hashable {
    let name: String
    /// `nil` for an attribute without a value, such as `required`.
    let value: String?

    private init(_ name: StaticString, _ value: String?) {
        self.name = name.description
        self.value = value
    }

    // MARK: Any element

    static func id(_ value: String) -> Self { Self("id", value) }
    static func `class`(_ value: String) -> Self { Self("class", value) }
    static func lang(_ value: String) -> Self { Self("lang", value) }
    static func title(_ value: String) -> Self { Self("title", value) }
    static func role(_ value: StaticString) -> Self { Self("role", value.description) }
    /// Focusable by a script or a link, but not by the tab key.
    static let focusable = Self("tabindex", "-1")
    /// Focusable by the tab key, for boxes that scroll.
    static let tabStop = Self("tabindex", "0")
    static let translateNo = Self("translate", "no")

    /// `data-NAME`, for `desk.js`.
    static func data(_ name: StaticString, _ value: String = "") -> Self {
        Self("data-\(name)", value)
    }

    private init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    // MARK: Accessibility

    static func label(_ value: String) -> Self { Self("aria-label", value) }
    static func labelledBy(_ id: String) -> Self { Self("aria-labelledby", id) }
    static func describedBy(_ ids: [String]) -> Self? {
        ids.isEmpty ? nil : Self("aria-describedby", ids.joined(separator: " "))
    }
    /// Changes are read out once the reader pauses.
    static let polite = Self("aria-live", "polite")
    static let currentItem = Self("aria-current", "true")
    static let currentPage = Self("aria-current", "page")
    static let invalid = Self("aria-invalid", "true")
    /// The order of a table by this column.
    static func sorted(_ isAscending: Bool) -> Self {
        Self("aria-sort", isAscending ? "ascending" : "descending")
    }

    // MARK: Addresses

    static func href(_ path: DeskPath) -> Self { Self("href", path.text) }
    /// A run at a CI system, the only address outside the desk.
    static func href(run: RunAddress) -> Self { Self("href", run.text) }
    static func src(_ path: DeskPath) -> Self { Self("src", path.text) }
    /// Opens in a new tab, for links on a page that is shown once.
    static let newTab = Self("target", "_blank")
    static func rel(_ value: StaticString) -> Self { Self("rel", value.description) }
    static func action(_ path: DeskPath) -> Self { Self("action", path.text) }
    static func method(_ value: StaticString) -> Self { Self("method", value.description) }

    // MARK: Forms

    static func type(_ value: StaticString) -> Self { Self("type", value.description) }
    /// `enctype` of a form.
    static func encoding(_ value: StaticString) -> Self { Self("enctype", value.description) }
    static func name(_ value: String) -> Self { Self("name", value) }
    static func value(_ value: String) -> Self { Self("value", value) }
    static func `for`(_ id: String) -> Self { Self("for", id) }
    static func autocomplete(_ value: StaticString) -> Self { Self("autocomplete", value.description) }
    static func maxLength(_ count: Int) -> Self { Self("maxlength", String(count)) }
    static func min(_ value: String) -> Self { Self("min", value) }
    static func max(_ value: String) -> Self { Self("max", value) }
    static func rows(_ count: Int) -> Self { Self("rows", String(count)) }
    static let required = Self("required", nil)
    /// A button that sends the form even if it is not filled in.
    static let noValidation = Self("formnovalidate", nil)
    static let checked = Self("checked", nil)
    static let selected = Self("selected", nil)
    static let readOnly = Self("readonly", nil)
    static let autofocus = Self("autofocus", nil)
    /// For logins and names of tokens, which are in no dictionary.
    static let noSpellcheck = Self("spellcheck", "false")
    static let noCapitals = Self("autocapitalize", "none")

    // MARK: Particular elements

    static func datetime(_ value: String) -> Self { Self("datetime", value) }
    static func scope(_ value: StaticString) -> Self { Self("scope", value.description) }
    static func content(_ value: StaticString) -> Self { Self("content", value.description) }
    static func charset(_ value: StaticString) -> Self { Self("charset", value.description) }
    static func alt(_ value: String) -> Self { Self("alt", value) }
    static func width(_ pixels: Int) -> Self { Self("width", String(pixels)) }
    static func height(_ pixels: Int) -> Self { Self("height", String(pixels)) }
    static func viewBox(_ width: Int, _ height: Int) -> Self { Self("viewBox", "0 0 \(width) \(height)") }
    static func x(_ units: Int) -> Self { Self("x", String(units)) }
    static func y(_ units: Int) -> Self { Self("y", String(units)) }
    /// The commands of a path.
    static func path(_ commands: String) -> Self { Self("d", commands) }
    static let open = Self("open", nil)
    static let disabled = Self("disabled", nil)
    /// What screen readers leave out.
    static let decorative = Self("aria-hidden", "true")
    static let `defer` = Self("defer", nil)
}
