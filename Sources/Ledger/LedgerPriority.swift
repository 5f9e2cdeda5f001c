/// Who is served first where several wait for the ledger.
public enum LedgerPriority {
    /// Whether what the running task asks of the ledger goes before what others ask, as a revocation does.
    @TaskLocal public static var isUrgent = false
}
