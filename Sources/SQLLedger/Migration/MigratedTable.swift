/// A table that both engines have, with its columns, for migration from one to the other.
struct MigratedTable: Hashable, Sendable {
    /// A column and the type of its values.
    struct Column: Hashable, Sendable {
        enum ValueType: Sendable {
            case integer, text, bytes
        }

        /// The name as in a statement.
        let name: String
        let kind: ValueType

        static func integer(_ name: String) -> Self { Self(name: name, kind: .integer) }
        static func text(_ name: String) -> Self { Self(name: name, kind: .text) }
        static func bytes(_ name: String) -> Self { Self(name: name, kind: .bytes) }
    }

    let name: String
    /// The primary key.
    let key: String
    let columns: [Column]

    /// The names of the columns, as a statement lists them.
    var columnList: String { columns.map(\.name).joined(separator: ", ") }

    private init(_ name: String, key: String, _ columns: Column...) {
        (self.name, self.key, self.columns) = (name, key, columns)
    }

    /// All tables, each after those that its rows refer to. Tables that only PostgreSQL has are about
    /// following changes, and start empty.
    static let all = [
        subjects,
        MigratedTable("passwords", key: "subject", .integer("subject"), .text("hash")),
        MigratedTable(
            "invitations", key: "digest", .bytes("digest"), .integer("subject"), .integer("expires_at")),
        MigratedTable("identities", key: "issuer, name", .text("issuer"), .text("name"), .integer("subject")),
        MigratedTable(
            "provisioned_groups", key: "id", .integer("id"), .text("name"), .text("name_folded"),
            .text("external_id"), .integer("created_at"), .integer("modified_at"), .integer("revision")),
        MigratedTable("memberships", key: "\"group\", subject", .integer("\"group\""), .integer("subject")),
        tokens,
        requests,
        uses("uses", of: "token"),
        MigratedTable(
            "last_uses", key: "token", .integer("token"), .text("service"), .text("address"), .text("client"),
            .integer("count"), .integer("last_at"), .integer("services"), .integer("networks"),
            .integer("clients")),
        MigratedTable(
            "use_places", key: "token, service, address, client", .integer("token"), .text("service"),
            .text("address"), .text("client"), .text("network"), .integer("first_day"), .integer("last_day")),
        MigratedTable(
            "service_days", key: "day, service", .integer("day"), .text("service"), .integer("count")),
        MigratedTable(
            "use_days", key: "token, day, service", .integer("token"), .integer("day"), .text("service"),
            .integer("count"), .integer("hours")),
        uses("password_uses", of: "subject"),
        MigratedTable(
            "refusals", key: "token, day, reason, service, address, client", .integer("token"),
            .integer("day"), .text("reason"), .text("service"), .text("address"), .text("client"),
            .integer("count"), .integer("last_at"), .integer("access")),
        MigratedTable(
            "sessions", key: "id", .integer("id"), .bytes("digest"), .integer("subject"),
            .integer("created_at"), .integer("last_seen_at"), .text("address"), .text("client"),
            .text("provider_session")),
        MigratedTable("sign_in_demand", key: "id", .integer("id"), .integer("every"), .integer("since")),
        tokenRules,
        MigratedTable(
            "events", key: "id", .integer("id"), .integer("at"), .text("kind"), .integer("actor"),
            .integer("subject"), .integer("token"), .text("address"), .text("detail"),
            .integer("actor_token"), .integer("incident")),
        MigratedTable(
            "token_selections", key: "id", .integer("id"), .integer("subject"), .integer("at"),
            .text("tokens"),
            .text("spared")),
        MigratedTable(
            "incidents", key: "number", .integer("number"), .text("title"), .integer("opened_at"),
            .integer("opened_by"), .integer("closed_at")),
        MigratedTable(
            "incident_tokens", key: "incident, token", .integer("incident"), .integer("token"),
            .integer("paused_at"), .integer("paused_by")),
        MigratedTable(
            "event_cursors", key: "name", .text("name"), .integer("reached"), .integer("holder"),
            .integer("held_until")),
        notices,
        MigratedTable(
            "deliveries", key: "notice, channel", .integer("notice"), .text("channel"), .text("state"),
            .integer("digest_on"), .integer("attempts"), .integer("next_at"), .text("last_error"),
            .integer("sent_at")),
        MigratedTable(
            "notice_choices", key: "subject, kind", .integer("subject"), .text("kind"), .text("choice")),
        MigratedTable("disabled_endpoints", key: "name", .text("name"), .integer("at"), .text("reason")),
        MigratedTable(
            "account_webhooks", key: "subject", .integer("subject"), .text("url"), .text("sealed_secret"),
            .integer("changed_at"), .integer("changed_by")),
        MigratedTable(
            "told_expiries", key: "token", .integer("token"), .integer("expires_at"), .integer("days")),
        MigratedTable(
            "leaks", key: "id", .integer("id"), .integer("secret"), .text("reporter"),
            .integer("reported_by"), .text("url"),
            .text("source"), .integer("found_at"), .integer("last_at"), .integer("was_working"), .text("act")),
        MigratedTable(
            "decoys", key: "id", .integer("id"), .integer("owner"), .bytes("digest"), .text("name"),
            .integer("created_at"), .integer("revoked_at"), .integer("tries"), .integer("tried_at"),
            .text("tried_service"), .text("tried_from"), .text("tried_with")),
        MigratedTable(
            "signal_streams", key: "name", .text("name"), .text("stream_id"), .text("endpoint"),
            .text("status"), .text("last_event"), .integer("last_at"), .bytes("asked_state"),
            .integer("asked_at"), .integer("verified_at"), .integer("holder"), .integer("held_until")),
        authorizations,
        trustRules,
        MigratedTable("used_marks", key: "digest", .bytes("digest"), .integer("until")),
        MigratedTable("attempts", key: "digest", .bytes("digest"), .integer("count"), .integer("last_at")),
    ]

    private static let subjects = MigratedTable(
        "subjects", key: "id", .integer("id"), .text("login"), .text("login_folded"), .text("name"),
        .text("name_folded"), .text("email"), .text("email_folded"), .text("groups"), .text("claimed_groups"),
        .integer("is_administrator"), .integer("suspended_at"), .integer("created_at"),
        .integer("is_break_glass"), .integer("last_sign_in_at"), .integer("deactivated_at"),
        .integer("ended_at"), .text("external_id"), .text("details"), .integer("modified_at"),
        .integer("revision"), .integer("external_id_at"), .integer("released_at"),
        .integer("was_administrator"), .text("purpose"), .text("owner_groups"), .text("stewards"),
        .text("services"), .text("addresses"), .integer("review_on"), .integer("unattended_since"),
        .integer("attended_by"), .integer("signed_in_at"), .text("signed_in_from"),
        .integer("must_sign_in_since"), .integer("account_signal_at"))

    private static let tokens = MigratedTable(
        "tokens", key: "id", .integer("id"), .integer("owner"), .bytes("digest"), .text("name"),
        .text("name_folded"), .integer("holds_name"), .text("scopes"), .integer("created_at"),
        .text("origin"), .integer("origin_token"), .text("device"), .integer("expires_at"),
        .integer("revoked_at"), .integer("revoked_by"), .text("revoked_reason"), .integer("successor"),
        .text("addresses"), .text("traded_from"), .integer("token"), .integer("replaced_at"),
        .integer("ends_when_moved"), .integer("issued_at"), .integer("expiry_set_at"), .text("description"),
        .text("pauses"), .integer("paused_until"), .integer("resumed_at"),
        .integer("handed_over_from"), .integer("handed_over_at"), .integer("reach"),
        .text("oauth_client"), .text("oauth_client_title"), .text("oauth_client_address"),
        .integer("trust_rule"), .text("job"), .integer("actor"), .text("actors_before"),
        .integer("delegated_from"))

    private static let authorizations = MigratedTable(
        "authorizations", key: "id", .integer("id"), .bytes("digest"), .text("kind"), .bytes("user_code"),
        .text("client"), .text("client_title"), .text("scopes"), .text("resource"), .text("address"),
        .text("network"),
        .text("agent"), .integer("created_at"), .integer("expires_at"), .integer("polled_at"),
        .integer("poll_interval"), .text("redirect_uri"), .text("challenge"), .text("stage"),
        .integer("subject"), .text("decision"), .text("decided_from"), .integer("token"),
        .integer("settled_at"))

    private static let trustRules = MigratedTable(
        "trust_rules", key: "id", .integer("id"), .integer("owner"), .text("name"), .text("name_folded"),
        .text("issuer"), .text("claims"), .text("scopes"), .integer("lifetime"), .integer("created_at"),
        .integer("created_by"), .integer("expires_at"), .integer("removed_at"))

    private static let notices = MigratedTable(
        "notices", key: "id", .integer("id"), .integer("at"), .text("kind"), .integer("recipient"),
        .integer("subject"), .integer("token"), .integer("event"), .text("title"), .text("paragraphs"),
        .text("facts"), .text("traces"), .text("link_words"), .text("link_path"), .integer("read_at"))

    private static let tokenRules = MigratedTable(
        "token_rules", key: "section", .text("section"), .integer("default_lifetime"),
        .integer("max_lifetime"), .integer("refuses_every_service"), .integer("needs_addresses"),
        .integer("needs_paths"), .integer("per_person"), .text("who"), .text("approval"),
        .integer("idle_warn"),
        .integer("idle_pause"), .integer("idle_revoke"), .integer("enforce_from"), .integer("grace"))

    private static let requests = MigratedTable(
        "token_requests", key: "id", .integer("id"), .text("kind"), .integer("requester"), .integer("owner"),
        .text("stage"), .text("reason"), .text("content"), .text("about"), .integer("created_at"),
        .text("decisions"), .integer("approved_until"), .integer("settled_at"), .integer("token"))

    private static func uses(_ name: String, of owner: String) -> MigratedTable {
        MigratedTable(
            name, key: "\(owner), day, service, address, client", .integer(owner), .integer("day"),
            .text("service"), .text("address"), .text("client"), .integer("count"), .integer("last_at"),
            .integer("access"))
    }
}
