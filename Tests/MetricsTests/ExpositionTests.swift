import Metrics
import Testing

@Suite("How metrics are written")
struct ExpositionTests {
    private let metrics = [
        Metric(
            "jeton_answers_total", .counter, "Answers, by what\nwas \\ asked",
            [.init(3, [.init("name", "a \"b\" \\ c\nd"), .init("kind", "x")]), .init(4e15)]),
        Metric("jeton_nothing", .gauge, "What there is nothing to say of", []),
        Metric("jeton_lag_seconds", .gauge, "Lag", [.init(0.25)]),
    ]

    @Test("in Prometheus's text format")
    func text() {
        #expect(
            Exposition.text.text(metrics) == #"""
                # HELP jeton_answers_total Answers, by what\nwas \\ asked.
                # TYPE jeton_answers_total counter
                jeton_answers_total{name="a \"b\" \\ c\nd",kind="x"} 3
                jeton_answers_total 4000000000000000
                # HELP jeton_lag_seconds Lag.
                # TYPE jeton_lag_seconds gauge
                jeton_lag_seconds 0.25

                """#)
    }

    @Test("in OpenMetrics the counter's ending belongs to its values, and the end is told")
    func openMetrics() {
        let text = Exposition.openMetrics.text([Metric("jeton_answers_total", .counter, "Answers", 7)])
        #expect(
            text == """
                # HELP jeton_answers Answers.
                # TYPE jeton_answers counter
                jeton_answers_total 7
                # EOF

                """)
    }

    @Test(
        "OpenMetrics is for who asks for it",
        arguments: [
            (nil, Exposition.text), ("*/*", .text), ("text/plain;version=0.0.4", .text),
            ("application/openmetrics-text; version=1.0.0,text/plain;q=0.5", .openMetrics),
            ("text/plain, Application/OpenMetrics-Text", .openMetrics),
            ("application/openmetrics-text;q=0, text/plain", .text),
        ])
    func accept(field: String?, exposition: Exposition) {
        #expect(Exposition(accept: field) == exposition)
    }
}
