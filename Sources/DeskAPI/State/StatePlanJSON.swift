import Desk
import JSON
import Tokens

extension JSONValue {
    /// A plan in JSON, as `openapi.json` describes it.
    init(_ plan: StatePlan) {
        self = .object([
            "steps": .array(plan.steps.map { JSONValue($0) }),
            "faults": .array(plan.faults.map { JSONValue($0) }),
            "notes": .array(plan.notes.map { JSONValue($0) }),
        ])
    }

    private init(_ step: StatePlan.Step) {
        let changes = step.changes.map { change in
            JSONValue.object([
                "field": .string(change.field), "from": change.from.map { JSONValue($0) } ?? .null,
                "to": JSONValue(change.to),
            ])
        }
        self = JSONValue.object([
            "act": .string(step.act.rawValue), "changes": .array(changes), "refused": .bool(step.isRefused),
        ]).with(step.thing.members)
    }

    private init(_ value: StatePlan.FieldChange.Value) {
        switch value {
        case .text(let text): self = .optional(text)
        case .list(let texts): self = .strings(texts)
        case .truth(let truth): self = .bool(truth)
        }
    }

    private init(_ remark: StatePlan.Remark) {
        self = .object([
            "place": .string(remark.place), "field": .string(remark.fault.field),
            "detail": .string(remark.fault.detail), "is_whole": .bool(remark.fault.isWhole),
        ])
    }
}

extension StatePlan.Step.Thing {
    fileprivate var members: [String: JSONValue] {
        switch self {
        case .account(let login): ["kind": "account", "account": .string(login)]
        case .token(let name, let account, let id):
            [
                "kind": "token", "token": .string(name), "account": .string(account),
                "id": .optional(id?.text),
            ]
        case .membership(let group, let login):
            ["kind": "membership", "group": .string(group), "person": .string(login)]
        }
    }
}
