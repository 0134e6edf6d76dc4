#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "journal/keys.hpp"

namespace anlan::journal {

/// What a signature is and says: C2SP signed-note and tlog-cosignature. A log of the Chinese suite
/// uses the byte kept for types that have none of their own, followed by a name.
enum class SignatureType { log, cosigner };

/// A public key with the name under which it signs notes.
struct Verifier {
  std::string name;  ///< no spaces, no plus
  SignatureType type = SignatureType::log;
  PublicKey key;

  /// The four bytes that tell this key from others of its name.
  std::string id() const;
  /// "<name>+<id in hex>+<base64 of type and key>": one line, to be handed to whoever verifies.
  std::string text() const;
  /// Errors: invalid_input "journal.key".
  static Result<Verifier> parse(std::string_view text);
};

struct NoteSignature {
  std::string name;
  std::string id;     ///< 4 bytes
  std::string bytes;  ///< what follows the id
};

/// C2SP signed-note: a text and the signatures under it.
struct Note {
  std::string text;  ///< ends in a line end
  std::vector<NoteSignature> signatures;

  std::string format() const;
  /// Errors: corrupted "journal.note".
  static Result<Note> parse(std::string_view text);
  /// The signature of that key, whether right or wrong.
  const NoteSignature* signature_of(const Verifier& verifier) const;
};

/// Signs as the log.
NoteSignature sign_note(const PrivateKey& key, const std::string& name, std::string_view text);
/// Signs as a witness, who says: at this time, in seconds since 1970, this was the largest tree of
/// this log I have seen, and it was consistent with all earlier ones.
NoteSignature cosign_note(const PrivateKey& key, const std::string& name, std::string_view text,
                          std::uint64_t seconds);

/// Whether the note carries a valid signature of the verifier.
bool is_signed_by(const Note& note, const Verifier& verifier);
/// When the witness says to have seen it.
std::optional<std::uint64_t> seconds_of_cosignature(const NoteSignature& signature);

}  // namespace anlan::journal
