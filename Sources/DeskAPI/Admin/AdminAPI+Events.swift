import HTTPServer

/// Events, for `jeton events`.
extension AdminAPI {
    func addEvents(to admin: inout RouteGroup) {
        admin.on("GET", "/events", query: EventsAPI.query) { request in
            try await EventList(request, at: "\(Self.base)/events").response(oversight)
        }
    }
}
