import Glibc
import YAML

/// The files that `jeton apply` reads: each that is named, `-` for standard input, and all of a folder.
enum StateFiles {
    static func read(_ names: [String]) throws(CommandFailure) -> StateReader {
        var reader = StateReader()
        for name in names {
            for path in try paths(of: name) {
                let bytes: [UInt8]
                do throws(Files.Fault) {
                    let limit = YAMLNode.sizeLimit
                    bytes = path == "-" ? try Files.read(0, limit: limit) : try Files.read(path, limit: limit)
                } catch {
                    throw .misused("\(path): the file cannot be read: \(error.reason)")
                }
                reader.read(bytes, named: path == "-" ? "standard input" : path)
            }
        }
        guard reader.faults.isEmpty else { throw .misused(reader.faults) }
        return reader
    }

    /// The file itself, or those of a folder that end in `.yaml` or `.yml`, by name.
    private static func paths(of name: String) throws(CommandFailure) -> [String] {
        do throws(Files.Fault) {
            guard name != "-", try Files.permissions(of: name)?.isFolder == true else { return [name] }
            let files = try Files.names(in: name).filter {
                !$0.hasPrefix(".") && ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml"))
            }
            guard !files.isEmpty else { throw Files.Fault(number: ENOENT) }
            return files.sorted().map { "\(name)/\($0)" }
        } catch {
            let why =
                error.number == ENOENT ? "there is no file in it that ends in .yaml or .yml" : error.reason
            throw .misused("\(name): \(why)")
        }
    }
}

extension CommandFailure {
    /// A line for each fault.
    static func misused(_ faults: [ConfigurationFault]) -> Self {
        .misused(faults.map(\.description).joined(separator: "\n"))
    }
}
