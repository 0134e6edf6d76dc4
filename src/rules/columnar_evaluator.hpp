#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "rules/columnar_program.hpp"
#include "rules/columnar_text.hpp"
#include "rules/columnar_vector.hpp"
#include "rules/interpret.hpp"

namespace anlan::rules::columnar {

class Memo;
class Writer;

/// Items that expressions are evaluated for: subjects of a block (level 0), rows of theirs or
/// elements of lists (level 1 and up, each item belonging to one of the frame above).
struct Frame {
  struct Found {
    std::uint32_t block = 0;  ///< in which it was found: else it is old
    Vec value;
  };
  struct Kept {
    NodeIndex node;
    Vec value;
    Kept* next;
  };
  struct Chosen {
    std::uint32_t key;
    Frame* frame;
    bool settled;
    Chosen* next;
  };

  int level = 0;
  std::uint32_t count = 0;

  bool contiguous = false;  ///< items are first, first + 1, …
  std::uint32_t first = 0;
  const std::uint32_t* items = nullptr;  ///< subjects or rows; none of values
  std::size_t list = 0;                  ///< of rows
  Kind kind = Kind::row;                 ///< row, or what values the variable takes
  Vec values;                            ///< then: these

  Frame* up = nullptr;  ///< one level up; Evaluator::up makes it if it is not there
  const std::uint32_t* up_places = nullptr;
  Frame* base = nullptr;  ///< the frame this is a selection of, or none
  const std::uint32_t* base_places = nullptr;

  Found* table = nullptr;  ///< values found already, by node; of frames many rules share
  Kept* kept = nullptr;    ///< the same of others
  struct Expanded* expanded = nullptr;
  Chosen* chosen = nullptr;       ///< selections of this by a condition
  Frame** rows_frames = nullptr;  ///< of subjects: by list, the rows of these subjects
};

/// Elements of a list-typed expression, for some items of a frame.
struct Elements {
  Frame* frame = nullptr;                 ///< one level below
  const std::uint32_t* starts = nullptr;  ///< items + 1: where each item's elements begin
  std::uint8_t* errors = nullptr;         ///< by item: 1 if the list is an error; or none
};

/// All elements of a list for all items of a frame, found once.
struct Expanded {
  NodeIndex node;
  Elements elements;
  Expanded* next;
};

/// Where the elements of a list come from: for each item a range of rows of a list, or of elements
/// that were found a level above.
struct Source {
  const Chain* chain = nullptr;
  NodeIndex base = 0;
  const Elements* above = nullptr;
  std::uint32_t* lows = nullptr;
  std::uint32_t* highs = nullptr;
  const std::uint8_t* keeps_own = nullptr;  ///< if given: else the item's own row is left out
};

/// In which order the rows of a list are, for the subjects at hand.
struct Order {
  bool looked = false;
  bool holds = false;    ///< as the dossier files promise, missing values last
  bool missing = false;  ///< some sort field has no value
  std::uint32_t first = 0;
  const std::uint8_t* steps = nullptr;  ///< 0 where a row has the sort fields of the row before it
};

/// Evaluates a program's nodes over the columns of one bucket, a block of subjects at a time. Each
/// node is evaluated once for each item it stands on, and its values spread to the levels below.
/// Borrows all it is given; not thread-safe.
///
/// Its memory is used again for each block and each bucket: one dossier costs no allocation.
class Evaluator {
 public:
  explicit Evaluator(const Program& program);
  ~Evaluator();

  /// Must come first. What was found of another bucket is forgotten.
  void bind(const dossier::Bucket& bucket, const Moment& moment);
  /// Makes [first, last) the subjects at hand. Frames and values from before are gone.
  Frame& begin(std::uint32_t first, std::uint32_t last);
  /// The rows of the subjects of `subjects`, which is begin's frame or a selection of it.
  Frame& rows(Frame& subjects, std::size_t list);

  /// Whether any subject at hand has a row in the list.
  bool has_rows(std::size_t list) const {
    const auto& offsets = bucket_->lists[list].offsets;
    return offsets[subjects_->first] != offsets[subjects_->first + subjects_->count];
  }

  /// The node's values for the items of the frame.
  Vec evaluate(NodeIndex node, Frame& frame);
  /// Items for which the condition holds, or with `keep_unsure` is not false; if these are nearly
  /// all, the frame itself. The second is whether the condition surely holds for all of them.
  std::pair<Frame*, bool> choose(NodeIndex condition, Frame& frame, bool keep_unsure);
  Frame& narrow(Frame& frame, const std::uint32_t* places, std::size_t count);

  std::uint32_t item(const Frame& frame, std::size_t place) const {
    return frame.contiguous ? frame.first + static_cast<std::uint32_t>(place) : frame.items[place];
  }
  std::uint32_t subject(Frame& frame, std::size_t place);
  Arena& arena() { return *arena_; }

 private:
  Frame& make_frame(int level, std::size_t count);
  void find_up(Frame& frame);
  Vec gathered(const Vec& value, Kind kind, const std::uint32_t* places, std::size_t count);
  Vec constant(NodeIndex node);

  // Of scalars.
  Vec compute(NodeIndex node, Frame& frame);
  Vec leaf(const ProgramNode& node, Frame& frame);
  Vec fact(const ProgramNode& node, Frame& frame);
  Vec field(const ProgramNode& node, Frame& frame);
  Vec known(const ProgramNode& node, Frame& frame);
  Vec logic(const ProgramNode& node, Frame& frame);
  Vec has(const ProgramNode& node, Frame& frame);
  Vec chosen(const ProgramNode& node, Frame& frame);
  Vec policy(const ProgramNode& node, Frame& frame);
  Vec plain(const ProgramNode& node, Frame& frame);
  Vec comparison(const ProgramNode& node, std::span<const Vec> arguments, std::size_t count);
  Memo& memo(const ProgramNode& node);
  Vec of_prefix(const ProgramNode& node, const Vec& text, std::size_t count);
  Vec by_number(const ProgramNode& node, const Vec& argument, std::size_t count);
  Vec of_text(const ProgramNode& node, const Vec& text, std::size_t count);
  Vec by_apply(const ProgramNode& node, std::span<const Vec> arguments, std::size_t count);
  Scalar scalar(const Vec& value, Kind kind, std::size_t item) const;

  // Of lists.
  Vec aggregate(NodeIndex node, Frame& frame);
  Vec in_constants(const ProgramNode& node, Frame& frame);
  void reduce(const ProgramNode& node, const Elements& elements, std::size_t begin, std::size_t end,
              const Vec& sought, Writer& out);
  bool has_own_runs(const Chain& chain, const Frame& frame);
  const std::uint8_t* own_kept(const Chain& chain, Frame& frame);
  std::optional<Vec> few(NodeIndex node, const Chain& chain, Frame& frame);
  Source find_source(const ProgramNode& node, Frame& frame);
  void own_runs(const Chain& chain, Frame& frame, Source& source);
  void bound_source(Frame& frame, bool has_runs, Source& source);
  void narrow_by(const Bound& bound, std::size_t list, Frame& frame, Source& source,
                 std::uint8_t* stuck);
  void refine(NodeIndex node, Elements& elements, std::size_t items);
  const Elements& expand_all(NodeIndex node, Frame& frame);
  /// All refinements of the source but the `unrefined` outermost are made.
  Elements expand(const Source& source, Frame& frame, std::size_t begin, std::size_t end,
                  std::size_t unrefined = 0);
  bool of_filter(const ProgramNode& node, const Source& source, Frame& frame, std::size_t begin,
                 std::size_t end, Writer& out);
  Elements ranges(const Source& source, Frame& frame, std::size_t begin, std::size_t end);
  Elements listed(const ProgramNode& node, Frame& frame, std::size_t begin, std::size_t end);
  void keep_true(const ProgramNode& node, Elements& elements, std::size_t items);
  void map(const ProgramNode& node, Elements& elements, std::size_t items);
  void keep_distinct(const ProgramNode& node, Elements& elements, std::size_t items);
  void reselect(Elements& elements, std::size_t items, const std::uint32_t* places,
                std::size_t count);
  void add_error(Elements& elements, std::size_t items, std::size_t item);
  const std::uint32_t* subjects_of(Frame& frame);
  const Order& order(std::size_t list, std::uint32_t depth);
  bool in_order(std::size_t list, std::uint32_t depth, const Frame& frame, const Source& source);

  const Vec* found_in(const Frame& frame, NodeIndex node) const;
  Frame::Found* table(std::size_t frame);

  const Program& program_;
  const dossier::Bucket* bucket_ = nullptr;
  const Moment* moment_ = nullptr;
  TextPool texts_;

  Arena block_, lasting_;
  Arena* arena_ = &block_;
  std::uint32_t block_number_ = 0;
  Frame root_;
  Frame* subjects_ = nullptr;
  std::vector<std::vector<Frame::Found>> tables_;  ///< of the subjects, and of the rows by list
  std::vector<Vec> constants_;
  std::vector<std::uint8_t> has_constant_;
  std::vector<Memo> memos_;  ///< by node
  Order* orders_ = nullptr;  ///< by list and depth
};

}  // namespace anlan::rules::columnar
