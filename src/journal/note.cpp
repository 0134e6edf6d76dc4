#include "journal/note.hpp"

#include "base/text.hpp"
#include "journal/encoding.hpp"

namespace anlan::journal {
namespace {

constexpr std::string_view dash = "\u2014 ";
constexpr std::size_t signatures_max = 64;  // our choice; signed-note asks for at least 16

/// The bytes that say what signature it is, before the key in a verifier's text and its id.
std::string type_bytes(SignatureType type, Suite suite) {
  if (suite == Suite::sm3_sm2) {
    return type == SignatureType::log ? "\xff"
                                        "anlan-sm2-sm3:"
                                      : "\xff"
                                        "anlan-sm2-sm3-cosignature:";
  }
  return type == SignatureType::log ? "\x01" : "\x04";
}

bool is_key_name(std::string_view name) {
  if (name.empty()) return false;
  for (const char c : name) {
    // Names are ASCII here, so that no Unicode space needs to be known.
    if (c <= ' ' || c > '~' || c == '+') return false;
  }
  return true;
}

std::string cosigned_message(std::string_view text, std::uint64_t seconds) {
  return "cosignature/v1\ntime " + std::to_string(seconds) + "\n" + std::string(text);
}

}  // namespace

std::string Verifier::id() const {
  const std::string start = name + "\n" + type_bytes(type, key.suite());
  return std::string(hash_of(key.suite(), start, key.raw()).view().substr(0, 4));
}

std::string Verifier::text() const {
  return name + "+" + hex(id()) + "+" + base64(type_bytes(type, key.suite()) + key.raw());
}

Result<Verifier> Verifier::parse(std::string_view text) {
  const auto wrong = [&] {
    return fail(ErrorKind::invalid_input, "journal.key", "expected <name>+<8 hex digits>+<base64>");
  };
  const auto first = text.find('+');
  if (first == std::string_view::npos) return wrong();
  const auto second = text.find('+', first + 1);
  if (second == std::string_view::npos) return wrong();
  const auto name = text.substr(0, first);
  const auto bytes = bytes_of_base64(text.substr(second + 1));
  if (!is_key_name(name) || !bytes) return wrong();
  for (const auto suite : {Suite::sha256_ed25519, Suite::sm3_sm2}) {
    for (const auto type : {SignatureType::log, SignatureType::cosigner}) {
      const std::string start = type_bytes(type, suite);
      if (!bytes->starts_with(start)) continue;
      auto key = PublicKey::of_raw(suite, std::string_view(*bytes).substr(start.size()));
      if (!key) continue;
      Verifier verifier{std::string(name), type, std::move(*key)};
      if (hex(verifier.id()) != text.substr(first + 1, second - first - 1)) return wrong();
      return verifier;
    }
  }
  return wrong();
}

std::string Note::format() const {
  std::string all = text + "\n";
  for (const auto& signature : signatures) {
    all += dash;
    all += signature.name + " " + base64(signature.id + signature.bytes) + "\n";
  }
  return all;
}

Result<Note> Note::parse(std::string_view text) {
  const auto wrong = [](const char* what) {
    return fail(ErrorKind::corrupted, "journal.note", what);
  };
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' && c != '\n') return wrong("a control character");
  }
  const auto blank = text.rfind("\n\n");
  if (blank == std::string_view::npos || !text.ends_with('\n')) {
    return wrong("expected a text, an empty line and signatures");
  }
  Note note;
  note.text = std::string(text.substr(0, blank + 1));
  std::string_view rest = text.substr(blank + 2);
  if (rest.empty()) return wrong("no signature");
  rest.remove_suffix(1);
  for (const auto line : split(rest, '\n')) {
    if (!line.starts_with(dash)) return wrong("a signature line does not begin with a dash");
    const auto words = line.substr(dash.size());
    const auto space = words.find(' ');
    if (space == std::string_view::npos) return wrong("a signature line without a signature");
    const auto bytes = bytes_of_base64(words.substr(space + 1));
    if (!is_key_name(words.substr(0, space)) || !bytes || bytes->size() < 5) {
      return wrong("a malformed signature line");
    }
    if (note.signatures.size() == signatures_max) return wrong("too many signatures");
    note.signatures.push_back(
        {std::string(words.substr(0, space)), bytes->substr(0, 4), bytes->substr(4)});
  }
  return note;
}

const NoteSignature* Note::signature_of(const Verifier& verifier) const {
  const std::string id = verifier.id();
  for (const auto& signature : signatures) {
    if (signature.name == verifier.name && signature.id == id) return &signature;
  }
  return nullptr;
}

NoteSignature sign_note(const PrivateKey& key, const std::string& name, std::string_view text) {
  return {name, Verifier{name, SignatureType::log, key.public_key()}.id(), key.sign(text)};
}

NoteSignature cosign_note(const PrivateKey& key, const std::string& name, std::string_view text,
                          std::uint64_t seconds) {
  return {name, Verifier{name, SignatureType::cosigner, key.public_key()}.id(),
          big_endian64(seconds) + key.sign(cosigned_message(text, seconds))};
}

bool is_signed_by(const Note& note, const Verifier& verifier) {
  const auto* signature = note.signature_of(verifier);
  if (signature == nullptr) return false;
  if (verifier.type == SignatureType::log) {
    return verifier.key.verifies(note.text, signature->bytes);
  }
  const auto seconds = seconds_of_cosignature(*signature);
  return seconds && verifier.key.verifies(cosigned_message(note.text, *seconds),
                                          std::string_view(signature->bytes).substr(8));
}

std::optional<std::uint64_t> seconds_of_cosignature(const NoteSignature& signature) {
  if (signature.bytes.size() <= 8) return std::nullopt;
  return number_of_big_endian(std::string_view(signature.bytes).substr(0, 8));
}

}  // namespace anlan::journal
