#include "server/http_server.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <csignal>
#include <ctime>
#include <random>
#include <set>
#include <type_traits>

#include "server/worker_pool.hpp"

namespace anlan::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;

// Everything is bound to the executor of one thread: a third faster than the type-erased one.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;
using TlsStream = asio::ssl::stream<Socket>;
template <class T>
using Task = asio::awaitable<T, Executor>;
using Awaited = asio::use_awaitable_t<Executor>;
using Tried = asio::as_tuple_t<Awaited>;

// g++ 12 miscompiles temporaries inside co_await expressions: tokens, buffers and whatever has a
// destructor have names and go by reference.
const Awaited awaited;
const Tried tried;

constexpr auto sweep_every = std::chrono::milliseconds(250);
constexpr auto heartbeat_every = std::chrono::seconds(15);
constexpr auto farewell_wait = std::chrono::seconds(5);  // for unread input of a refused request
constexpr std::size_t farewell_bytes_max = 64 * 1024 * 1024;
constexpr std::size_t buffer_bytes_max = 64 * 1024;

Socket& socket_of(Socket& socket) {
  return socket;
}
Socket& socket_of(TlsStream& stream) {
  return stream.next_layer();
}

/// What the sweep knows of a connection.
struct Connection {
  Socket* socket = nullptr;
  SteadyClock::time_point deadline;
  bool idle = true;         ///< between requests: may be closed without a word
  bool answerable = false;  ///< a read may be cancelled and still be answered
  bool late = false;
  std::shared_ptr<Feed> feed;

  void wait(SteadyClock::duration span) { deadline = SteadyClock::now() + span; }
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

std::string date_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 40> text{};
  const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return std::string(text.data(), size);
}

bool has_no_body(int status) {
  return status == 204 || status == 304;
}

/// The head of a response. How the body ends is told by `length`, "chunked" or by closing.
std::string head_of(const Response& response, bool keep, bool chunked, bool until_close) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\ndate: {}\r\n", response.status,
                                 reason_of(response.status), date_text());
  for (const auto& [name, value] : response.fields) {
    // A line end in a value would begin a field, or an answer, of somebody else's.
    if (value.find_first_of("\r\n") != std::string::npos) continue;
    head += name + ": " + value + "\r\n";
  }
  if (chunked) {
    head += "transfer-encoding: chunked\r\n";
  } else if (!until_close && !has_no_body(response.status)) {
    head += fmt::format("content-length: {}\r\n", response.body.size());
  }
  if (!keep) head += "connection: close\r\n";
  return head + "\r\n";
}

}  // namespace

class HttpServer::Network {
 public:
  Network(HttpOptions options, Handlers handlers)
      : options_(std::move(options)), handlers_(std::move(handlers)) {
    std::random_device random;
    id_prefix_ = random();
  }

  Status listen();
  void run();
  void stop() {
    asio::post(io_, [this] { begin_stop(); });
  }
  std::uint16_t port() const { return port_; }
  HttpCounts counts() const {
    return {open_now_.load(), opened_.load(),  closed_at_once_.load(),
            late_.load(),     pool_.waiting(), refused_.load()};
  }

 private:
  struct Enrolled {
    Enrolled(Network& in, Connection& of) : network(in), connection(of) {
      network.open_.insert(&of);
      ++network.open_now_;
    }
    ~Enrolled() {
      network.open_.erase(&connection);
      --network.open_now_;
      if (connection.feed) connection.feed->on_news({});
      if (network.stopping_ && network.open_.empty()) network.sweep_.cancel();
    }
    Enrolled(const Enrolled&) = delete;
    Enrolled& operator=(const Enrolled&) = delete;
    Network& network;
    Connection& connection;
  };

  Task<void> accept_all();
  Task<void> sweep_all();
  void sweep_once();
  void begin_stop();
  void spawn(Socket socket);

  template <class Stream>
  Task<void> serve(Stream stream);
  /// One request and its answer; false: no more on this connection.
  template <class Stream>
  Task<bool> serve_one(Stream& stream, beast::flat_buffer& buffer, Connection& me);
  using HeadParser = http::request_parser<http::string_body>;
  /// The body of an upload, into its sink. Nothing: it is there; else what to return.
  template <class Stream>
  Task<std::optional<bool>> receive(Stream& stream, beast::flat_buffer& buffer, Connection& me,
                                    HeadParser& head, Request& request, std::size_t limit,
                                    bool& keep);
  template <class Stream>
  Task<std::optional<bool>> continue_if_asked(Stream& stream, Connection& me,
                                              const Request& request, bool nothing_came);
  template <class Stream>
  Task<bool> refuse(Stream& stream, Connection& me, const Request& request, int status,
                    const char* code);
  template <class Stream>
  Task<bool> send(Stream& stream, Connection& me, const Request& request, const Response& response,
                  bool keep, bool old_version);
  template <class Stream>
  Task<bool> send_pieces(Stream& stream, Connection& me, const Pieces& pieces, bool chunked);
  template <class Stream>
  Task<bool> send_feed(Stream& stream, Connection& me, const std::shared_ptr<Feed>& feed);
  template <class Stream>
  Task<bool> write(Stream& stream, Connection& me, std::string_view first, std::string_view second);
  template <class Stream>
  Task<void> say_farewell(Stream& stream, Connection& me, bool unread);
  template <class Out>
  Task<Out> on_worker(const std::function<Out()>& job, const std::function<Out()>& otherwise);

  Request blank_request() {
    Request request;
    request.id = fmt::format("{:08x}{:08x}", id_prefix_, ++last_id_);
    return request;
  }

  // Before io_, which destroys what is left of the conversations when it goes.
  HttpOptions options_;
  Handlers handlers_;
  std::set<Connection*> open_;
  std::atomic<std::uint64_t> open_now_{0}, opened_{0}, closed_at_once_{0}, late_{0}, refused_{0};
  std::uint32_t id_prefix_ = 0;
  std::uint32_t last_id_ = 0;
  std::uint16_t port_ = 0;
  bool stopping_ = false;
  SteadyClock::time_point stop_by_;
  std::optional<asio::ssl::context> tls_;
  asio::io_context io_{1};
  Acceptor acceptor_{io_};
  Timer sweep_{io_};
  asio::basic_signal_set<Executor> signals_{io_};
  WorkerPool pool_{options_.workers, options_.waiting_max};  // ends before io_ does
};

Status HttpServer::Network::listen() {
  // Each connection is a file; the usual soft limit of 1,024 is soon used up.
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    const rlim_t wanted = options_.connections_max + 1024;
    files.rlim_cur = files.rlim_max == RLIM_INFINITY ? wanted : std::min(wanted, files.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > 512) {
      options_.connections_max =
          std::min<std::size_t>(options_.connections_max, files.rlim_cur - 256);
    }
  }
  if (!options_.certificate.empty()) {
    try {
      tls_.emplace(asio::ssl::context::tls_server);
      tls_->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                        asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                        asio::ssl::context::no_tlsv1_1);
      tls_->use_certificate_chain_file(options_.certificate);
      tls_->use_private_key_file(options_.key, asio::ssl::context::pem);
    } catch (const boost::system::system_error& problem) {
      return fail(ErrorKind::invalid_input, "server.certificate",
                  options_.certificate + ": " + problem.code().message());
    }
  }
  error_code error;
  const auto address = asio::ip::make_address(options_.address, error);
  if (!error && !address.is_loopback() && !tls_ && !options_.plain) {
    return fail(ErrorKind::invalid_input, "server.needs_tls", options_.address);
  }
  const tcp::endpoint endpoint(address, options_.port);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return fail(ErrorKind::unavailable, "server.address",
                fmt::format("{}:{}: {}", options_.address, options_.port, error.message()));
  }
  port_ = acceptor_.local_endpoint(error).port();
  return {};
}

void HttpServer::Network::run() {
  std::signal(SIGPIPE, SIG_IGN);
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
  signals_.async_wait([this](error_code error, int) {
    if (!error) begin_stop();
  });
  asio::co_spawn(io_, accept_all(), asio::detached);
  asio::co_spawn(io_, sweep_all(), asio::detached);
  io_.run();
}

void HttpServer::Network::begin_stop() {
  if (stopping_) return;
  stopping_ = true;
  stop_by_ = SteadyClock::now() + options_.stop_wait;
  if (handlers_.on_stop) handlers_.on_stop();
  error_code ignored;
  acceptor_.close(ignored);
  for (Connection* connection : open_) {
    if (connection->feed) connection->feed->close();
    if (connection->idle) connection->socket->close(ignored);
  }
  if (open_.empty()) sweep_.cancel();
}

Task<void> HttpServer::Network::accept_all() {
  while (!stopping_) {
    auto [error, socket] = co_await acceptor_.async_accept(tried);
    if (stopping_) break;
    if (error) {
      // Out of files, or the other side was gone already: others must be let end first.
      Timer pause(io_, std::chrono::milliseconds(50));
      co_await pause.async_wait(tried);
      continue;
    }
    ++opened_;
    if (open_.size() >= options_.connections_max) {
      ++closed_at_once_;
      continue;
    }
    spawn(std::move(socket));
  }
}

void HttpServer::Network::spawn(Socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  if (tls_) {
    asio::co_spawn(io_, serve(TlsStream(std::move(socket), *tls_)), asio::detached);
  } else {
    asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
  }
}

void HttpServer::Network::sweep_once() {
  const auto now = SteadyClock::now();
  error_code ignored;
  for (Connection* connection : open_) {
    if (stopping_ && now > stop_by_) {
      connection->socket->close(ignored);
      continue;
    }
    if (connection->deadline > now) continue;
    ++late_;
    if (connection->answerable && !connection->late) {
      connection->late = true;
      connection->wait(farewell_wait);
      connection->socket->cancel(ignored);
    } else {
      connection->socket->close(ignored);
      connection->wait(std::chrono::hours(1));
    }
  }
}

Task<void> HttpServer::Network::sweep_all() {
  while (!(stopping_ && open_.empty())) {
    sweep_.expires_after(sweep_every);
    co_await sweep_.async_wait(tried);
    sweep_once();
    // Whoever has not ended a while after all sockets were closed sits in a worker.
    if (stopping_ && SteadyClock::now() > stop_by_ + farewell_wait) io_.stop();
  }
  error_code ignored;
  signals_.cancel(ignored);
}

template <class Out>
Task<Out> HttpServer::Network::on_worker(const std::function<Out()>& job,
                                         const std::function<Out()>& otherwise) {
  auto start = [this](auto handler, std::function<Out()> work, std::function<Out()> instead) {
    auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
    const auto executor = io_.get_executor();
    auto run = [waiting, executor, work = std::move(work)]() mutable {
      auto made = std::make_shared<Out>(work());
      asio::post(executor, [waiting = std::move(waiting), made] { (*waiting)(std::move(*made)); });
    };
    // What has no other answer has begun already and must go on.
    if (pool_.post(std::move(run), !instead)) return;
    asio::post(executor, [waiting, instead = std::move(instead)] { (*waiting)(instead()); });
  };
  Out made =
      co_await asio::async_initiate<const Awaited, void(Out)>(start, awaited, job, otherwise);
  co_return made;
}

template <class Stream>
Task<bool> HttpServer::Network::write(Stream& stream, Connection& me, std::string_view first,
                                      std::string_view second) {
  me.answerable = false;
  me.wait(options_.write_wait);
  const std::array<asio::const_buffer, 2> both{asio::buffer(first), asio::buffer(second)};
  auto [error, bytes] = co_await asio::async_write(stream, both, tried);
  co_return !error;
}

template <class Stream>
Task<bool> HttpServer::Network::send_pieces(Stream& stream, Connection& me, const Pieces& pieces,
                                            bool chunked) {
  for (;;) {
    me.wait(std::chrono::minutes(10));  // the work's own time, not the other side's
    const Pieces none;
    Result<std::string> piece = co_await on_worker<Result<std::string>>(pieces, none);
    // An answer cut off without its last chunk is known to be cut off.
    if (!piece) co_return false;
    std::string frame;
    if (chunked) {
      frame = fmt::format("{:x}\r\n{}\r\n", piece->size(), *piece);
    } else {
      frame = *piece;
    }
    const bool sent = co_await write(stream, me, frame, std::string_view{});
    if (!sent || piece->empty()) co_return sent;
  }
}

template <class Stream>
Task<bool> HttpServer::Network::send_feed(Stream& stream, Connection& me,
                                          const std::shared_ptr<Feed>& feed) {
  auto news = std::make_shared<Timer>(io_);
  feed->on_news([executor = io_.get_executor(), weak = std::weak_ptr<Timer>(news)] {
    asio::post(executor, [weak] {
      if (const auto timer = weak.lock()) timer->cancel();
    });
  });
  me.feed = feed;
  bool sent = true;
  while (sent && !stopping_) {
    const auto text = feed->take();
    if (!text) break;
    if (!text->empty()) {
      sent = co_await write(stream, me, *text, std::string_view{});
      continue;
    }
    me.wait(heartbeat_every * 4);
    news->expires_after(heartbeat_every);
    auto [error] = co_await news->async_wait(tried);
    // A line that listeners skip tells whether the other side is still there.
    if (!error) sent = co_await write(stream, me, std::string_view(":\n\n"), std::string_view{});
  }
  feed->close();
  feed->on_news({});
  me.feed.reset();
  co_return false;
}

template <class Stream>
Task<bool> HttpServer::Network::send(Stream& stream, Connection& me, const Request& request,
                                     const Response& response, bool keep, bool old_version) {
  keep = keep && !stopping_;
  const bool is_head = request.method == "HEAD";
  const bool streams = !is_head && (response.pieces || response.feed);
  const bool chunked = streams && response.pieces && !old_version;
  if (streams && !chunked) keep = false;
  const std::string head = head_of(response, keep, chunked, streams);
  const std::string_view body =
      is_head || streams || has_no_body(response.status) ? std::string_view{} : response.body;
  bool sent = co_await write(stream, me, head, body);
  if (!sent) co_return false;
  if (streams && response.feed) co_return co_await send_feed(stream, me, response.feed);
  if (streams) sent = co_await send_pieces(stream, me, response.pieces, chunked);
  co_return sent&& keep && !stopping_;
}

template <class Stream>
Task<bool> HttpServer::Network::refuse(Stream& stream, Connection& me, const Request& request,
                                       int status, const char* code) {
  ++refused_;
  me.late = false;
  const Response response = handlers_.refuse(request, status, code);
  co_await send(stream, me, request, response, false, false);
  co_await say_farewell(stream, me, true);
  co_return false;
}

/// Lets the other side read our last words: closing with unread input would take them away.
template <class Stream>
Task<void> HttpServer::Network::say_farewell(Stream& stream, Connection& me, bool unread) {
  me.answerable = false;
  me.wait(farewell_wait);
  error_code ignored;
  constexpr bool is_tls = std::is_same_v<Stream, TlsStream>;
  if constexpr (!is_tls) socket_of(stream).shutdown(asio::socket_base::shutdown_send, ignored);
  std::array<char, 16 * 1024> waste;
  const asio::mutable_buffer space = asio::buffer(waste);
  std::size_t read = 0;
  while (unread && read < farewell_bytes_max) {
    auto [error, bytes] = co_await stream.async_read_some(space, tried);
    if (error) break;
    read += bytes;
  }
  // With TLS the last word is a message of its own, behind which nothing may be unread.
  if constexpr (is_tls) co_await stream.async_shutdown(tried);
  socket_of(stream).close(ignored);
}

template <class Stream>
Task<std::optional<bool>> HttpServer::Network::continue_if_asked(Stream& stream, Connection& me,
                                                                 const Request& request,
                                                                 bool nothing_came) {
  if (lower(request.field("expect")) != "100-continue" || !nothing_came) co_return std::nullopt;
  const bool sent = co_await write(stream, me, std::string_view("HTTP/1.1 100 Continue\r\n\r\n"),
                                   std::string_view{});
  if (!sent) co_return false;
  me.answerable = std::is_same_v<Stream, Socket>;
  co_return std::nullopt;
}

template <class Stream>
Task<std::optional<bool>> HttpServer::Network::receive(Stream& stream, beast::flat_buffer& buffer,
                                                       Connection& me, HeadParser& head,
                                                       Request& request, std::size_t limit,
                                                       bool& keep) {
  using Early = std::optional<Response>;
  me.answerable = false;
  me.wait(std::chrono::minutes(10));
  const std::function<Early()> job = [this, &request] { return handlers_.receive(request); };
  const std::function<Early()> otherwise = [this, &request] {
    ++refused_;
    return Early(handlers_.refuse(request, 503, "server.busy"));
  };
  const Early early = co_await on_worker<Early>(job, otherwise);
  if (early) {
    co_await send(stream, me, request, *early, false, false);
    co_await say_farewell(stream, me, true);
    co_return false;
  }
  const std::optional<bool> ended =
      co_await continue_if_asked(stream, me, request, buffer.size() == 0);
  if (ended) co_return ended;

  http::request_parser<http::buffer_body> parser(std::move(head));
  parser.body_limit(limit);
  constexpr std::size_t piece_bytes = 64 * 1024;
  std::string piece(piece_bytes, '\0');
  const auto until = SteadyClock::now() + options_.upload_wait;
  while (!parser.is_done()) {
    me.answerable = std::is_same_v<Stream, Socket>;
    me.deadline = std::min(until, SteadyClock::now() + options_.body_wait);
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    auto [error, bytes] = co_await http::async_read(stream, buffer, parser, tried);
    if (error && error != http::error::need_buffer) {
      if (me.late) co_return co_await refuse(stream, me, request, 408, "http.too_slow");
      if (error == http::error::body_limit) {
        co_return co_await refuse(stream, me, request, 413, "http.body_too_large");
      }
      if (error.category() == make_error_code(http::error::bad_method).category() &&
          error != http::error::partial_message) {
        co_return co_await refuse(stream, me, request, 400, "http.malformed");
      }
      co_return false;
    }
    me.answerable = false;
    me.wait(std::chrono::minutes(10));
    const std::string_view came(piece.data(), piece.size() - parser.get().body().size);
    const std::function<Status()> take = [&request, came] { return request.sink->take(came); };
    const std::function<Status()> none;
    const Status taken = co_await on_worker<Status>(take, none);
    if (!taken) co_return co_await refuse(stream, me, request, 503, "file.unwritable");
  }
  keep = parser.keep_alive();
  co_return std::nullopt;
}

template <class Stream>
Task<bool> HttpServer::Network::serve_one(Stream& stream, beast::flat_buffer& buffer,
                                          Connection& me) {
  if (buffer.size() == 0) {
    me.idle = true;
    buffer.shrink_to_fit();
    const asio::mutable_buffer space = buffer.prepare(1024);
    auto [error, bytes] = co_await stream.async_read_some(space, tried);
    if (error) co_return false;
    buffer.commit(bytes);
  }
  me.idle = false;
  me.answerable = std::is_same_v<Stream, Socket>;
  me.wait(options_.head_wait);

  Request request = blank_request();
  error_code unknown;
  request.peer = socket_of(stream).remote_endpoint(unknown).address().to_string(unknown);
  request.secure = std::is_same_v<Stream, TlsStream>;

  HeadParser parser;
  parser.header_limit(static_cast<std::uint32_t>(options_.head_bytes_max));
  parser.body_limit(boost::none);  // until the head says whose it is
  auto [head_error, head_bytes] = co_await http::async_read_header(stream, buffer, parser, tried);
  if (head_error) {
    if (me.late) co_return co_await refuse(stream, me, request, 408, "http.too_slow");
    if (head_error == http::error::header_limit || head_error == http::error::buffer_overflow) {
      co_return co_await refuse(stream, me, request, 431, "http.head_too_large");
    }
    const bool malformed =
        head_error.category() == make_error_code(http::error::bad_method).category() &&
        head_error != http::error::end_of_stream && head_error != http::error::partial_message;
    if (malformed) {
      co_return co_await refuse(stream, me, request, 400, "http.malformed");
    }
    co_return false;
  }

  const auto& message = parser.get();
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) {
    request.fields.emplace_back(lower(std::string_view(field.name_string())),
                                std::string(field.value()));
  }
  const bool old_version = message.version() < 11;
  if (message.version() > 11 || message.version() < 10 || !request.target.starts_with('/')) {
    co_return co_await refuse(stream, me, request, 400, "http.malformed");
  }
  const std::size_t limit = options_.body_bytes_max(request.method, request.path());
  if (const auto length = parser.content_length(); length && *length > limit) {
    co_return co_await refuse(stream, me, request, 413, "http.body_too_large");
  }
  parser.body_limit(limit);
  bool keep = false;
  const bool upload = options_.is_upload && options_.is_upload(request.method, request.path());
  if (upload) {
    const std::optional<bool> ended =
        co_await receive(stream, buffer, me, parser, request, limit, keep);
    if (ended) co_return *ended;
  } else {
    const std::optional<bool> ended =
        co_await continue_if_asked(stream, me, request, buffer.size() == 0);
    if (ended) co_return *ended;
  }
  if (!upload && !parser.is_done()) {
    me.wait(options_.body_wait);
    auto [body_error, body_bytes] = co_await http::async_read(stream, buffer, parser, tried);
    if (body_error) {
      if (me.late) co_return co_await refuse(stream, me, request, 408, "http.too_slow");
      if (body_error == http::error::body_limit) {
        co_return co_await refuse(stream, me, request, 413, "http.body_too_large");
      }
      if (body_error.category() == make_error_code(http::error::bad_method).category() &&
          body_error != http::error::partial_message) {
        co_return co_await refuse(stream, me, request, 400, "http.malformed");
      }
      co_return false;
    }
  }
  if (!upload) {
    keep = parser.keep_alive();
    request.body = std::move(parser.get().body());
  }

  me.answerable = false;
  me.wait(std::chrono::minutes(10));
  const auto shared = std::make_shared<const Request>(std::move(request));
  const std::function<Response()> job = [this, shared] { return handlers_.answer(*shared); };
  const std::function<Response()> otherwise = [this, shared] {
    ++refused_;
    return handlers_.refuse(*shared, 503, "server.busy");
  };
  const Response response = co_await on_worker<Response>(job, otherwise);
  co_return co_await send(stream, me, *shared, response, keep, old_version);
}

template <class Stream>
Task<void> HttpServer::Network::serve(Stream stream) {
  Connection me;
  me.socket = &socket_of(stream);
  me.wait(options_.head_wait);
  const Enrolled enrolled(*this, me);
  if constexpr (std::is_same_v<Stream, TlsStream>) {
    auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, tried);
    if (error) co_return;
  }
  beast::flat_buffer buffer(buffer_bytes_max);
  me.wait(options_.idle_wait);
  bool more = true;
  while (more && !stopping_) {
    more = co_await serve_one(stream, buffer, me);
    me.wait(options_.idle_wait);
  }
  if (socket_of(stream).is_open()) co_await say_farewell(stream, me, false);
}

HttpServer::HttpServer(std::unique_ptr<Network> network) : network_(std::move(network)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::open(HttpOptions options, Handlers handlers) {
  auto network = std::make_unique<Network>(std::move(options), std::move(handlers));
  if (auto listening = network->listen(); !listening) return fail(listening.error());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(network)));
}

std::uint16_t HttpServer::port() const {
  return network_->port();
}
void HttpServer::run() {
  network_->run();
}
void HttpServer::stop() {
  network_->stop();
}
HttpCounts HttpServer::counts() const {
  return network_->counts();
}

}  // namespace anlan::server
