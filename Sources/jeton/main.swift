import Glibc
import HTTPServer
import Tokens

ProcessSettings.keepSecrets()
ProcessSettings.ignoreClosedPipes()
let code = await Command.run(Array(CommandLine.arguments.dropFirst()), in: .process)
LogWriter.standardError.flush(within: .seconds(1))
exit(code)
