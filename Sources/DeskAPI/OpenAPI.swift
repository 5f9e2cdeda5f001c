/// The API's description (OpenAPI 3.1): `openapi.json` beside this file, built into the program.
/// A test holds its paths and methods equal to those of the router.
enum OpenAPI {
    static let text = String(decoding: PackageResources.openapi_json, as: UTF8.self)
}
