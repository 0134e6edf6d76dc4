#include "server/http_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

namespace anlan::server {
namespace {

using namespace std::chrono_literals;

/// A connection that says just what it is told to.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
    const timeval patience{30, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  Client(Client&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), connected_(other.connected_) {}
  ~Client() {
    if (socket_ >= 0) ::close(socket_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  void say(std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// What comes until `end` is in it, or the other side closes.
  std::string hear(std::string_view end = "") {
    std::string all;
    char piece[4096];
    while (end.empty() || all.find(end) == std::string::npos) {
      const auto got = ::recv(socket_, piece, sizeof piece, 0);
      if (got <= 0) break;
      all.append(piece, static_cast<std::size_t>(got));
    }
    return all;
  }

 private:
  int socket_;
  bool connected_ = false;
};

class HttpServerTest : public testing::Test {
 protected:
  void start(HttpOptions options = {}) {
    options.body_bytes_max = [](std::string_view, std::string_view path) {
      return path.starts_with("/upload") ? upload_bytes_max : 1000;
    };
    options.is_upload = [](std::string_view, std::string_view path) {
      return path.starts_with("/upload");
    };
    auto server = HttpServer::open(
        options, {.answer = [this](const Request& request) { return answer(request); },
                  .receive = [this](Request& request) -> std::optional<Response> {
                    if (request.field("x-who").empty()) {
                      return Response{.status = 401, .body = "who"};
                    }
                    request.sink = std::make_shared<Sink>(taken_, request.target == "/upload/full");
                    return std::nullopt;
                  },
                  .refuse =
                      [](const Request&, int status, std::string_view code) {
                        return Response{.status = status, .body = std::string(code)};
                      },
                  .on_stop = [this] { feed_->close(); }});
    ASSERT_TRUE(server) << server.error().detail;
    server_ = std::move(*server);
    thread_ = std::jthread([this] { server_->run(); });
  }
  void TearDown() override {
    if (server_) server_->stop();
  }
  Client client() { return Client(server_->port()); }

  static constexpr std::size_t upload_bytes_max = 4'000'000;
  /// Counts what it is given; `full`: takes no more than one piece.
  class Sink : public BodySink {
   public:
    Sink(std::atomic<std::size_t>& taken, bool full) : taken_(taken), full_(full) {}
    Status take(std::string_view piece) override {
      if (full_ && bytes_ > 0) return fail(ErrorKind::unavailable, "file.unwritable");
      bytes_ += piece.size();
      taken_ += piece.size();
      return {};
    }
    const std::string& sha256() override {
      hash_ = std::to_string(bytes_);
      return hash_;
    }

   private:
    std::atomic<std::size_t>& taken_;
    const bool full_;
    std::size_t bytes_ = 0;
    std::string hash_;
  };

  Response answer(const Request& request) {
    ++answered_;
    if (request.sink) return Response{.body = "taken " + request.sink->sha256()};
    if (request.target == "/slow") std::this_thread::sleep_for(300ms);
    if (request.target == "/feed") return Response{.feed = feed_};
    if (request.target == "/pieces" || request.target == "/cut") {
      auto left = std::make_shared<int>(3);
      const bool cut = request.target == "/cut";
      return Response{.pieces = [left, cut]() -> Result<std::string> {
        if (*left == 0) return std::string();
        if (cut && *left == 1) return fail(ErrorKind::unavailable, "file.unreadable");
        return "piece " + std::to_string((*left)--) + "\n";
      }};
    }
    return Response{.fields = {{"x-method", request.method}, {"x-bad", "a\r\nx-injected: 1"}},
                    .body = request.method + " " + request.target + " " +
                            std::string(request.field("x-word")) + " " +
                            std::to_string(request.body.size())};
  }

  std::shared_ptr<Feed> feed_ = std::make_shared<Feed>();
  std::atomic<int> answered_{0};
  std::atomic<std::size_t> taken_{0};
  std::unique_ptr<HttpServer> server_;
  std::jthread thread_;
};

TEST_F(HttpServerTest, AnswersOneRequestAfterAnotherOnOneConnection) {
  start();
  auto one = client();
  one.say("GET /a HTTP/1.1\r\nHost: x\r\nX-Word: w\r\n\r\n");
  const auto first = one.hear("GET /a w 0");
  EXPECT_TRUE(first.starts_with("HTTP/1.1 200 OK\r\n")) << first;
  EXPECT_NE(first.find("content-length: 10\r\n"), std::string::npos) << first;
  EXPECT_EQ(first.find("injected"), std::string::npos) << first;
  // Two at once, the second with a chunked body.
  one.say(
      "GET /b HTTP/1.1\r\nHost: x\r\n\r\nPOST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
      "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  const auto both = one.hear("POST /c  5");
  EXPECT_NE(both.find("GET /b  0"), std::string::npos) << both;
  one.say("HEAD /d HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto head = one.hear("\r\n\r\n");
  EXPECT_NE(head.find("content-length: 10\r\n"), std::string::npos) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
  one.say("GET /e HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(one.hear().find("connection: close"), std::string::npos);
  auto old = client();
  old.say("GET /f HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(old.hear().ends_with("GET /f  0"));
}

TEST_F(HttpServerTest, SendsLongBodiesInPieces) {
  start();
  auto one = client();
  one.say("GET /pieces HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto all = one.hear("0\r\n\r\n");
  EXPECT_NE(all.find("transfer-encoding: chunked\r\n"), std::string::npos) << all;
  EXPECT_TRUE(all.ends_with("8\r\npiece 3\n\r\n8\r\npiece 2\n\r\n8\r\npiece 1\n\r\n0\r\n\r\n"))
      << all;
  one.say("GET /cut HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(one.hear().ends_with("8\r\npiece 2\n\r\n")) << "no last chunk: known to be cut off";
  auto old = client();
  old.say("GET /pieces HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(old.hear().ends_with("\r\n\r\npiece 3\npiece 2\npiece 1\n"));
}

TEST_F(HttpServerTest, RefusesWhatIsNotHttpOrTooLarge) {
  start();
  std::string ten_megabytes;
  ten_megabytes.resize(10'000'000, 'x');
  const std::pair<std::string, const char*> rows[] = {
      {"nonsense\r\n\r\n", "http.malformed"},
      {"GET /\xff\x01 HTTP/1.1\r\n\r\n", "http.malformed"},
      {"GET / HTTP/9.9\r\n\r\n", "http.malformed"},
      {"GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", "http.malformed"},
      {"GET / HTTP/1.1\r\nBad Name: x\r\n\r\n", "http.malformed"},
      {"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
       "http.malformed"},
      {"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "http.malformed"},
      {"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", "http.malformed"},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "http.malformed"},
      {"GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", "http.head_too_large"},
      {"GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\n\r\n", "http.head_too_large"},
      {"POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", "http.body_too_large"},
      {"POST / HTTP/1.1\r\nContent-Length: 10000000\r\n\r\n" + ten_megabytes,
       "http.body_too_large"},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + std::string(1000, 'x') +
           "\r\n1\r\nx\r\n0\r\n\r\n",
       "http.body_too_large"},
  };
  for (const auto& [text, code] : rows) {
    auto one = client();
    one.say(text);
    const auto heard = one.hear();
    EXPECT_TRUE(heard.ends_with(code)) << text.substr(0, 80) << "\n" << heard;
    EXPECT_NE(heard.find("connection: close"), std::string::npos) << heard;
  }
  EXPECT_EQ(answered_, 0);
  auto one = client();
  one.say("POST /ok HTTP/1.1\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(one.hear("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  one.say(std::string(1000, 'x'));
  EXPECT_NE(one.hear("POST /ok  1000").find("200 OK"), std::string::npos);
}

TEST_F(HttpServerTest, UploadsGoToTheirSinkPieceByPiece) {
  start();
  const std::string body(3'000'000, 'x');
  const auto head = [](const std::string& more, std::size_t bytes) {
    return fmt::format("POST /upload HTTP/1.1\r\nhost: x\r\n{}content-length: {}\r\n\r\n", more,
                       bytes);
  };
  auto one = client();
  one.say(head("x-who: me\r\n", body.size()));
  one.say(body);
  EXPECT_NE(one.hear("taken 3000000").find("200 OK"), std::string::npos);
  // The connection goes on, also behind an empty body and behind one in chunks.
  one.say(head("x-who: me\r\n", 0));
  EXPECT_NE(one.hear("taken 0").find("200 OK"), std::string::npos);
  one.say(
      "POST /upload HTTP/1.1\r\nhost: x\r\nx-who: me\r\ntransfer-encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n5\r\ndefgh\r\n0\r\n\r\n");
  EXPECT_NE(one.hear("taken 8").find("200 OK"), std::string::npos);
  one.say("GET /after HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_NE(one.hear("GET /after").find("200 OK"), std::string::npos);
  EXPECT_EQ(taken_, 3'000'008U);

  // Who is not known is told so before the body is read, and asked for no body at all.
  auto stranger = client();
  stranger.say(head("expect: 100-continue\r\n", body.size()));
  const auto heard = stranger.hear("who");
  EXPECT_NE(heard.find(" 401 "), std::string::npos);
  EXPECT_EQ(heard.find("100 Continue"), std::string::npos);
  auto polite = client();
  polite.say(head("x-who: me\r\nexpect: 100-continue\r\n", 4));
  polite.hear("100 Continue\r\n\r\n");
  polite.say("four");
  EXPECT_NE(polite.hear("taken 4").find("200 OK"), std::string::npos);

  auto large = client();
  large.say(head("x-who: me\r\n", upload_bytes_max + 1));
  EXPECT_NE(large.hear().find(" 413 "), std::string::npos);
  auto large_in_chunks = client();
  large_in_chunks.say(
      "POST /upload HTTP/1.1\r\nhost: x\r\nx-who: me\r\ntransfer-encoding: chunked\r\n\r\n");
  for (int i = 0; i < 5; ++i) {
    large_in_chunks.say(fmt::format("{:x}\r\n{}\r\n", 1'000'000, std::string(1'000'000, 'x')));
  }
  EXPECT_NE(large_in_chunks.hear().find(" 413 "), std::string::npos);
  auto no_room = client();
  no_room.say(
      fmt::format("POST /upload/full HTTP/1.1\r\nhost: x\r\nx-who: me\r\n"
                  "content-length: {}\r\n\r\n",
                  body.size()));
  no_room.say(body);
  EXPECT_NE(no_room.hear().find(" 503 "), std::string::npos);
  EXPECT_EQ(answered_, 5);
}

TEST_F(HttpServerTest, SlowClientsAreTurnedAway) {
  start({.head_wait = 300ms, .body_wait = 300ms, .idle_wait = 700ms, .write_wait = 500ms});
  auto head = client();
  head.say("GET / HTTP/1.1\r\nHos");
  auto body = client();
  body.say("POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf");
  auto drip = client();
  std::jthread dripping([&](const std::stop_token& stop) {
    drip.say("POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n");
    while (!stop.stop_requested()) {
      drip.say("x");
      std::this_thread::sleep_for(20ms);
    }
  });
  auto idle = client();
  EXPECT_TRUE(head.hear().ends_with("http.too_slow"));
  EXPECT_TRUE(body.hear().ends_with("http.too_slow"));
  EXPECT_EQ(idle.hear(), "") << "closed without a word";
  dripping.request_stop();
  EXPECT_GE(server_->counts().timeouts, 3u);
}

TEST_F(HttpServerTest, IdleConnectionsCostOthersNothing) {
  start();
  std::vector<Client> idle;
  for (int i = 0; i < 2'000; ++i) {
    idle.push_back(client());
    if (!idle.back().connected()) break;
  }
  auto one = client();
  one.say("GET /a HTTP/1.1\r\n\r\n");
  EXPECT_NE(one.hear("GET /a").find("200 OK"), std::string::npos);
  idle.clear();
  auto another = client();
  another.say("GET /b HTTP/1.1\r\n\r\n");
  EXPECT_NE(another.hear("GET /b").find("200 OK"), std::string::npos);
}

TEST_F(HttpServerTest, TellsThoseItHasNoTimeForToComeAgain) {
  start({.workers = 1, .waiting_max = 1});
  std::vector<Client> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(client());
    clients.back().say("GET /slow HTTP/1.1\r\nConnection: close\r\n\r\n");
  }
  int busy = 0;
  for (auto& one : clients) busy += one.hear().ends_with("server.busy") ? 1 : 0;
  EXPECT_GE(busy, 3);
  EXPECT_LT(busy, 6);
}

TEST_F(HttpServerTest, SendsEventsAsTheyComeUntilTheFeedEnds) {
  start();
  auto one = client();
  one.say("GET /feed HTTP/1.1\r\nHost: x\r\n\r\n");
  one.hear("\r\n\r\n");
  for (int i = 0; i < 20; ++i) {
    const auto text = fmt::format("data: {}\n\n", i);
    EXPECT_TRUE(feed_->push(text));
    EXPECT_NE(one.hear(text).find(text), std::string::npos);
  }
  feed_->push("data: last\n\n");
  feed_->close();
  EXPECT_TRUE(one.hear().ends_with("data: last\n\n"));
  EXPECT_FALSE(feed_->push("x"));
}

TEST_F(HttpServerTest, AListenerThatDoesNotReadIsLetGo) {
  Feed feed;
  const std::string text(100'000, 'x');
  EXPECT_TRUE(feed.push(text));
  EXPECT_TRUE(feed.push(text));
  EXPECT_FALSE(feed.push(text));
  EXPECT_TRUE(feed.closed());
}

TEST_F(HttpServerTest, StopsOnceWhatHasBegunIsAnswered) {
  start();
  auto slow = client();
  slow.say("GET /slow HTTP/1.1\r\n\r\n");
  auto listening = client();
  listening.say("GET /feed HTTP/1.1\r\n\r\n");
  listening.hear("\r\n\r\n");
  auto idle = client();
  while (answered_ < 2) std::this_thread::sleep_for(1ms);
  server_->stop();
  thread_.join();
  EXPECT_TRUE(slow.hear().ends_with("GET /slow  0"));
  EXPECT_EQ(idle.hear(), "");
  EXPECT_EQ(listening.hear(), "");
  EXPECT_FALSE(client().connected());
}

TEST_F(HttpServerTest, AnAddressThatIsTakenIsAnError) {
  start();
  const auto second = HttpServer::open({.port = server_->port()}, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "server.address");
  const auto open_to_all = HttpServer::open({.address = "0.0.0.0"}, {});
  ASSERT_FALSE(open_to_all);
  EXPECT_EQ(open_to_all.error().code, "server.needs_tls");
  const auto without = HttpServer::open({.certificate = "/nowhere.pem", .key = "/nowhere.pem"}, {});
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().code, "server.certificate");
}

}  // namespace
}  // namespace anlan::server
