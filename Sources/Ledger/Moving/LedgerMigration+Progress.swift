extension LedgerMigration {
    /// How far a move is.
    public struct Progress: Hashable, Sendable {
        /// What it is at.
        public enum Phase: Sendable {
            /// Compares with the source what arrived before.
            case comparing
            /// Copies rows.
            case copying
            /// Reads again what arrived.
            case verifying
        }

        /// What it is at.
        public internal(set) var phase = Phase.copying
        /// The table that it is at.
        public internal(set) var table = ""
        /// How many rows of all tables are done in this phase.
        public internal(set) var rows: Int64 = 0
        /// How many rows all tables have.
        public let total: Int64

        /// How many of a hundred rows are done.
        public var percent: Int64 { total == 0 ? 100 : rows * 100 / total }

        init(total: Int64) {
            self.total = total
        }

        /// Counts a row, and tells of it now and then.
        mutating func step(_ tell: (Self) -> Void) {
            rows += 1
            if rows % 1024 == 0 { tell(self) }
        }
    }

    /// What was moved.
    public struct Outcome: Hashable, Sendable {
        /// A table, with what it holds on either side.
        public struct Table: Hashable, Sendable {
            /// Its name.
            public let name: String
            /// Its rows.
            public let sum: RowSum
        }

        /// All tables, in the order in which they moved.
        public let tables: [Table]
        /// Whether all was there before.
        public let wasThere: Bool

        init(_ sums: [RowSum], wasThere: Bool) {
            tables = zip(MigratedTable.all, sums).map { Table(name: $0.name, sum: $1) }
            self.wasThere = wasThere
        }
    }
}
