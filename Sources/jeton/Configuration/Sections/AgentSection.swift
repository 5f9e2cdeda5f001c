import Tokens

extension ConfigurationKey {
    /// `agents`: service accounts that act on behalf of people.
    static let agents: [ConfigurationKey] = [
        .list(
            "agents.allowed", .loginOrPattern, default: "none",
            "The service accounts that may act on behalf of people, by login; `*` stands for any characters. For a "
                + "person's token and its own, such an agent gets one that tells both ([how](operate/agents.md))."
        ) { $0.agents.allowed = $1 },
        .one(
            "agents.max_lifetime", .agentLifetime, default: DelegationPolicy.standardMaxLifetime.words,
            "The most time that a token of an agent works, at most 30 days. Where the agent does not ask for a time, it is "
                + "\(DelegationPolicy.standardLifetime.words); it never works longer than the person's token."
        ) { $0.agents.maxLifetime = $1 },
        .one(
            "agents.max_depth", .agentDepth, default: "1",
            "How often the rights of a person may be passed on: `1` for an agent alone, `2` also for a second one that the "
                + "first calls."
        ) { $0.agents.maxDepth = $1 },
    ]
}

extension ValueParser<TimeSpan> {
    fileprivate static let agentLifetime = ValueParser(
        "a time such as `1h`", expected: "a time from 1m to 30d, such as 1h"
    ) { text in
        TimeSpan(text: text).flatMap { (.minutes(1)...TimeSpan.days(30)).contains($0) ? $0 : nil }
    }
}

extension ValueParser<Int> {
    fileprivate static let agentDepth = ValueParser(
        "`1` or `2`", expected: "1 or 2", schema: .number(DelegationPolicy.depths)
    ) { text in
        Int(text).flatMap { DelegationPolicy.depths.contains($0) ? $0 : nil }
    }
}
