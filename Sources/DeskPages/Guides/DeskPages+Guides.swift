import HTTPServer

/// The guides for clients, for anybody.
extension DeskPages {
    func addGuideRoutes(to router: inout Router) {
        router.on("GET", "/help") { request in
            try await answer(request) { $0.answer(GuidePage(guide: .index)) }
        }
        router.on("GET", "/help/{guide}") { (request, name: String) in
            try await answer(request) { visit in
                guard let guide = Guide.named(name) else {
                    return visit.answer(ErrorPage.notFound, status: 404)
                }
                return visit.answer(GuidePage(guide: guide))
            }
        }
    }
}
