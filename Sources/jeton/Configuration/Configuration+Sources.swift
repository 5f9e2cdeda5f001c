import YAML

extension Configuration {
    /// Where the configuration comes from.
    struct Sources: Sendable {
        /// The file, if one is named.
        var file: String?
        /// The process's variables.
        var environment: [String: String] = [:]
        /// What flags of the command line set: the flag, the key's path and the value.
        var flags: [(flag: String, key: String, value: String)] = []
    }

    /// Reads the file, then the environment, then the flags: each wins over the one before.
    /// Throws all that is wrong in any of them.
    static func read(_ sources: Sources) throws(ConfigurationFaults) -> Configuration {
        var reader = ConfigurationReader()
        if let path = sources.file {
            do throws(Files.Fault) {
                reader.read(file: path, try Files.read(path, limit: YAMLNode.sizeLimit))
            } catch {
                let fault = ConfigurationFault(
                    place: path, reason: "the file cannot be read: \(error.reason)")
                throw ConfigurationFaults(all: [fault])
            }
        }
        reader.read(environment: sources.environment)
        for (flag, key, value) in sources.flags { reader.read(flag: flag, key: key, value: value) }
        return try reader.finish()
    }
}
