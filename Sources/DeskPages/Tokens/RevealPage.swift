import Tokens

/// The page that shows a new secret once, with commands ready to paste.
struct RevealPage: Page {
    let token: Token
    let secret: TokenSecret
    /// The previous secret; `nil` if it no longer works.
    var previous: PreviousSecret?
    var isReplacement = false
    var sleep: DormancyNotice?
    let recipes: [Recipe]
    var guides = Guide.all
    /// The service account that it belongs to, where a steward created it.
    var account: Subject?
    let wording: Wording

    var title: String { isReplacement ? "New secret for \(token.name)" : "Token \(token.name)" }
    private var paths: TokenPaths { TokenPaths(id: token.id, account: account) }
    var navigationItem: NavigationItem? { paths.navigationItem }

    var content: HTML {
        div(.class("page-head")) {
            h1 { isReplacement ? "New secret for “\(token.name)”" : "“\(token.name)” is ready" }
            p(.class("lead")) {
                if let account { "It is a token of \(account.login). " }
                "Copy it now: it will not be shown again. Only its hash is stored."
            }
        }
        section(.class("secret"), .labelledBy("secret-title"), .data("once")) {
            h2(.id("secret-title")) { "The token" }
            p(.class("together")) {
                code(.id("secret"), .class("secret-text"), .data("copy", "the token"), .translateNo) {
                    secret.reveal()
                }
            }
            div(.class("limits")) {
                limitList(of: token, wording.titles)
                p(.class("where")) {
                    if let end = token.expiresAt {
                        "expires on "
                        moment(end, .exact)
                    } else {
                        "never expires"
                    }
                }
            }
            p(.class("hint")) {
                "If you leave or reload this page before copying it, you will have to rotate the token."
            }
        }
        if isReplacement { oldOne }
        if let sleep { sleep.html }
        section(.class("card"), .labelledBy("use-title"), .data("once")) {
            h2(.id("use-title")) { "Put it to use" }
            tabs
            firstUse
        }
        p(.class("actions")) {
            a(.class("button primary"), .href(paths.list)) { "I have copied it" }
        }
    }

    private var oldOne: HTML {
        div(.class("notice overlap")) {
            p {
                if let previous {
                    previousSecretWords(previous)
                    " The token’s page shows where it is still used."
                } else {
                    "The previous secret no longer works."
                }
            }
        }
    }

    /// Radio buttons that look like tabs: they work with the arrow keys and without a script.
    private var tabs: HTML {
        fieldset(.class("tabs")) {
            legend(.class("unseen")) { "Show the setup for" }
            for (index, recipe) in recipes.enumerated() {
                input(
                    .type("radio"), .name("tool"), .id("tool-\(recipe.id)"), .value(recipe.id),
                    index == 0 ? .checked : nil)
                label(.for("tool-\(recipe.id)")) { recipe.tool }
            }
            input(.type("radio"), .name("tool"), .id("tool-more"), .value("more"))
            label(.for("tool-more")) { "More" }
            for recipe in recipes { panel(recipe) }
            more
        }
    }

    private func panel(_ recipe: Recipe) -> HTML {
        section(.class("panel panel-\(recipe.id)"), .label("Setup for \(recipe.tool)")) {
            if !recipe.hint.isEmpty { p { recipe.hint } }
            steps(recipe.steps, of: recipe.tool)
            for variant in recipe.variants {
                details(.class("variant")) {
                    summary { variant.title }
                    steps(
                        variant.steps,
                        of:
                            "\(recipe.tool) \(variant.title.prefix(1).lowercased())\(variant.title.dropFirst())"
                    )
                }
            }
            if let remark = recipe.remark { p(.class("hint")) { remark } }
            p(.class("hint")) {
                if let guide = recipe.guide {
                    "More in the setup guide: "
                    guideLink(guide)
                } else {
                    a(.href(.help), .newTab) { "Setup guides" }
                }
                " (in a new tab)"
            }
        }
    }

    private func steps(_ steps: [Recipe.Instruction], of tool: String) -> HTML {
        ol(.class(steps.count == 1 ? "steps single" : "steps")) {
            for (index, step) in steps.enumerated() {
                li {
                    p { step.sentence }
                    linesToPaste(
                        step.lines, label: "\(tool), step \(index + 1): \(step.place ?? "commands")",
                        copy: "step \(index + 1) for \(tool)")
                }
            }
        }
    }

    /// What the token's first use looked like, once there is one. `desk.js` fills it in; without a script, the link
    /// leads there.
    private var firstUse: HTML {
        div(.class("first-use")) {
            p(.class("seen"), .role("status"), .polite, .data("watch", DeskPath.seen(token.id).text)) { "" }
            p(.class("hint")) {
                a(.href(.token(token.id)), .newTab) { "The token’s page" }
                " (in a new tab) says where it was used."
            }
        }
    }

    /// Links that open in a new tab, since leaving this page loses the secret.
    private var more: HTML {
        section(.class("panel panel-more"), .label("Setup guides")) {
            p { "Setup guides, each in a new tab so that this page stays open:" }
            ul(.class("guides")) {
                for guide in guides { li { guideLink(guide) } }
            }
        }
    }

    private func guideLink(_ guide: Guide) -> HTML {
        a(.href(.guide(guide.name)), .newTab) { guide.title }
    }
}

/// The page shown instead of a secret that has already been shown.
struct RevealedPage: Page {
    let token: Token
    /// The service account that it belongs to, where a steward created it.
    var account: Subject?
    let wording: Wording

    var title: String { "Token \(token.name)" }
    private var paths: TokenPaths { TokenPaths(id: token.id, account: account) }
    var navigationItem: NavigationItem? { paths.navigationItem }

    var content: HTML {
        section(.class("card narrow calm"), .labelledBy("title")) {
            h1(.id("title")) { "The secret of “\(token.name)” has already been shown" }
            p(.class("lead")) {
                "It is shown only once. Only its hash is stored, so nobody can show it again."
            }
            if token.isWorking(at: wording.now) {
                p {
                    "If you saved it, you’re all set. If not, rotate the token: same name, same access, new secret."
                }
                p(.class("actions")) {
                    a(.class("button primary"), .href(paths.list)) { "Go to \(paths.listTitle)" }
                    a(.class("button"), .href(.rotate(token.id))) { "Rotate" }
                }
            } else {
                p(.class("actions")) {
                    a(.class("button primary"), .href(paths.list)) { "Go to \(paths.listTitle)" }
                }
            }
        }
    }
}
