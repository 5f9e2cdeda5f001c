internal import CMalloc

/// Memory that was freed, and that the allocator keeps for the next who asks.
public enum FreedMemory {
    /// Gives what is freed back to the system (malloc_trim(3)). It takes some milliseconds where much is.
    public static func giveBack() {
        malloc_trim(0)
    }
}
