import Glibc

ProcessSettings.keepSecrets()
exit(await Command.run(Array(CommandLine.arguments.dropFirst()), in: .process))
