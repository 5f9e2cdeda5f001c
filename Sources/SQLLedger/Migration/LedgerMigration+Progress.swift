extension LedgerMigration {
    public struct Progress: Hashable, Sendable {
        public enum Phase: Sendable {
            /// Comparing what arrived in an earlier run with the source.
            case comparing
            case copying
            /// Reading again what arrived.
            case verifying
        }

        public internal(set) var phase = Phase.copying
        /// The current table.
        public internal(set) var table = ""
        /// The rows of all tables that are done in this phase.
        public internal(set) var rows: Int64 = 0
        /// The rows of all tables.
        public let total: Int64

        public var percent: Int64 { total == 0 ? 100 : rows * 100 / total }

        init(total: Int64) {
            self.total = total
        }

        /// Counts a row, and reports now and then.
        mutating func step(_ tell: (Self) -> Void) {
            rows += 1
            if rows % 1024 == 0 { tell(self) }
        }
    }

    public struct Outcome: Hashable, Sendable {
        /// A table that is the same on both sides.
        public struct Table: Hashable, Sendable {
            public let name: String
            public let sum: RowSum
        }

        /// All tables, in the order of the migration.
        public let tables: [Table]
        /// Whether everything had arrived before this run.
        public let wasThere: Bool

        init(_ sums: [RowSum], wasThere: Bool) {
            tables = zip(MigratedTable.all, sums).map { Table(name: $0.name, sum: $1) }
            self.wasThere = wasThere
        }
    }
}
