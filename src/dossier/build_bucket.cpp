#include "dossier/build_bucket.hpp"

namespace anlan::dossier {

Result<OwnedBucket> build_bucket(lake::Connection& connection, const catalog::Catalog& catalog,
                                 const catalog::DossierKind& kind,
                                 const std::optional<std::string>& subject_id) {
  if (auto made = create_dossier_views(connection, catalog, kind); !made) return fail(made.error());
  BucketBuilder builder(kind);
  for (std::size_t list = 0; list < kind.lists.size(); ++list) {
    auto query = ListQuery::start(connection, catalog, kind, list, {.id = subject_id});
    if (!query) return fail(query.error());
    for (bool more = true; more;) {
      const auto went =
          query->next([&](std::string_view id, std::span<const CellView> cells,
                          std::string_view key) { builder.add(list, id, cells, key); });
      if (!went) return fail(went.error());
      more = *went;
    }
  }
  return builder.finish();
}

}  // namespace anlan::dossier
