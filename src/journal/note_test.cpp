#include "journal/note.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/file.hpp"
#include "journal/checkpoint.hpp"
#include "journal/encoding.hpp"

namespace anlan::journal {
namespace {

// The example of the reference implementation, golang.org/x/mod/sumdb/note.
constexpr std::string_view published_key =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view published_note =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    "\n";

TEST(Note, ReadsAndVerifiesThePublishedExample) {
  const auto verifier = Verifier::parse(published_key);
  ASSERT_TRUE(verifier) << verifier.error().detail;
  EXPECT_EQ(verifier->text(), published_key);
  const auto note = Note::parse(published_note);
  ASSERT_TRUE(note) << note.error().detail;
  EXPECT_EQ(note->format(), published_note);
  EXPECT_TRUE(is_signed_by(*note, *verifier));
  for (std::size_t i = 0; i < note->text.size(); ++i) {
    Note changed = *note;
    changed.text[i] ^= 1;
    EXPECT_FALSE(is_signed_by(changed, *verifier)) << i;
  }
}

TEST(Note, RefusesWhatIsNoNote) {
  const auto refused = [](const std::string& text) { return !Note::parse(text).has_value(); };
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused("text\n"));
  EXPECT_TRUE(refused("text\n\n"));
  EXPECT_TRUE(refused("text\n\n\u2014 name AAAAAAA=\n\u2014 name"));
  EXPECT_TRUE(refused("text\n\n- name AAAAAAA=\n"));
  EXPECT_TRUE(refused("text\n\n\u2014 na+me AAAAAAA=\n"));
  EXPECT_TRUE(refused("text\n\n\u2014 name AAAA\n"));      // no room for an id and a signature
  EXPECT_TRUE(refused("text\n\n\u2014 name AAAAAAB=\n"));  // stray bits after the last byte
  EXPECT_TRUE(refused("te\rxt\n\n\u2014 name AAAAAAA=\n"));
  EXPECT_FALSE(refused("text\n\n\u2014 name AAAAAAA=\n"));
  EXPECT_FALSE(refused("a\n\nb\n\n\u2014 name AAAAAAA=\n"));  // the text may hold empty lines
}

TEST(Note, RefusesAKeyWhoseIdIsNotItsOwn) {
  std::string text(published_key);
  text.replace(text.find("c74f"), 4, "c74e");
  EXPECT_FALSE(Verifier::parse(text));
  EXPECT_FALSE(Verifier::parse("PeterNeumann+c74f20a3"));
  EXPECT_FALSE(
      Verifier::parse("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"));
}

class EachSuite : public testing::TestWithParam<Suite> {};

TEST_P(EachSuite, LogAndWitnessSignTheSameCheckpoint) {
  const auto log = PrivateKey::make(GetParam());
  const auto witness = PrivateKey::make(GetParam());
  const Checkpoint checkpoint{"example.org/log", 7, leaf_hash(GetParam(), "x")};
  Note note{checkpoint.text(), {}};
  note.signatures.push_back(sign_note(log, "example.org/log", note.text));
  note.signatures.push_back(cosign_note(witness, "example.org/w", note.text, 1'700'000'000));

  const Verifier of_log{"example.org/log", SignatureType::log, log.public_key()};
  const Verifier of_witness{"example.org/w", SignatureType::cosigner, witness.public_key()};
  const auto read = Note::parse(note.format());
  ASSERT_TRUE(read);
  for (const auto& verifier : {of_log, of_witness}) {
    const auto again = Verifier::parse(verifier.text());
    ASSERT_TRUE(again) << verifier.text();
    EXPECT_EQ(again->text(), verifier.text());
    EXPECT_TRUE(is_signed_by(*read, *again));
  }
  EXPECT_EQ(seconds_of_cosignature(read->signatures[1]), 1'700'000'000U);
  // The same key says something else when it signs as a log.
  const Verifier misused{"example.org/w", SignatureType::log, witness.public_key()};
  EXPECT_FALSE(is_signed_by(*read, misused));
  Note later = *read;
  later.signatures[1].bytes[7] ^= 1;  // another time of seeing
  EXPECT_FALSE(is_signed_by(later, of_witness));
  const auto body = Checkpoint::parse(read->text);
  ASSERT_TRUE(body);
  EXPECT_EQ(body->size, 7U);
  EXPECT_EQ(body->root, checkpoint.root);
}

TEST_P(EachSuite, KeyFileIsItsOwnersOnly) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("anlan-key-test-" + hex(random_bytes(8)));
  std::filesystem::create_directories(folder);
  const auto file = folder / "key.pem";
  const auto key = PrivateKey::make(GetParam());
  ASSERT_TRUE(key.save(file));
  struct stat rights {};
  ASSERT_EQ(::stat(file.c_str(), &rights), 0);
  EXPECT_EQ(rights.st_mode & 0777, 0600U);
  EXPECT_FALSE(key.save(file)) << "a key was written over";
  const auto loaded = PrivateKey::load(GetParam(), file);
  ASSERT_TRUE(loaded) << loaded.error().detail;
  EXPECT_EQ(loaded->public_key().raw(), key.public_key().raw());
  EXPECT_TRUE(key.public_key().verifies("text", loaded->sign("text")));
  ::chmod(file.c_str(), 0640);
  EXPECT_EQ(PrivateKey::load(GetParam(), file).error().code, "journal.key_rights");
  ::chmod(file.c_str(), 0600);
  ASSERT_TRUE(write_file(file, "no key"));
  ::chmod(file.c_str(), 0600);
  EXPECT_EQ(PrivateKey::load(GetParam(), file).error().code, "journal.key");
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Note, EachSuite, testing::Values(Suite::sha256_ed25519, Suite::sm3_sm2),
                         [](const auto& tested) {
                           return tested.param == Suite::sha256_ed25519 ? "Ed25519" : "Sm2";
                         });

TEST(Checkpoint, RefusesWhatIsNone) {
  const std::string root = base64(std::string(32, 'r'));
  const auto code = [](const std::string& text) {
    const auto parsed = Checkpoint::parse(text);
    return parsed ? "" : parsed.error().code;
  };
  EXPECT_EQ(code("o\n7\n" + root + "\n"), "");
  EXPECT_EQ(code("o\n7\n" + root + "\nmore\n"), "");
  EXPECT_EQ(code("\n7\n" + root + "\n"), "journal.checkpoint");
  EXPECT_EQ(code("o\n07\n" + root + "\n"), "journal.checkpoint");
  EXPECT_EQ(code("o\n7\n" + root), "journal.checkpoint");
  EXPECT_EQ(code("o\n7\nAAAA\n"), "journal.checkpoint");
}

}  // namespace
}  // namespace anlan::journal
