#include "hw/ctl/metrics_server.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include "hw/ctl/prometheus.h"

namespace lisper::hw {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr const char* kStartPage = R"(<!doctype html><title>lisper-hw</title><a href="/metrics">metrics</a>)";
constexpr std::chrono::seconds kPatience{10};
constexpr std::size_t kMaxClients = 32;

Result<tcp::endpoint> parse(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon != std::string::npos) {
    std::string host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    error_code no_address;
    const auto address = asio::ip::make_address(host, no_address);
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, no_port] = std::from_chars(text.data() + colon + 1, end, port);
    if (!no_address && no_port == std::errc{} && stop == end) return tcp::endpoint(address, port);
  }
  return fail(fmt::format("\"{}\" is not an address and a port, as 127.0.0.1:9101 or [::1]:9101", text));
}

using Response = http::response<http::string_body>;

Response respond(const http::request<http::empty_body>& request, const MetricsServer::Source& source) {
  Response response{http::status::ok, request.version()};
  response.keep_alive(request.keep_alive());
  const auto fill = [&](http::status status, const char* type, std::string body) {
    response.result(status);
    response.set(http::field::content_type, type);
    response.body() = std::move(body);
  };
  if (request.method() != http::verb::get) {
    response.set(http::field::allow, "GET");
    fill(http::status::method_not_allowed, "text/plain", "only GET\n");
  } else if (request.target() == "/metrics") {
    fill(http::status::ok, kPrometheusContentType, to_prometheus(source()));
  } else if (request.target() == "/") {
    fill(http::status::ok, "text/html; charset=utf-8", kStartPage);
  } else {
    fill(http::status::not_found, "text/plain", "only / and /metrics\n");
  }
  response.prepare_payload();
  return response;
}

/// One connection; lives as long as an operation of it is under way.
class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(tcp::socket socket, const MetricsServer::Source& source) : stream_(std::move(socket)), source_(source) {}

  void read() {
    request_ = {};
    stream_.expires_after(kPatience);
    http::async_read(stream_, buffer_, request_,
                     [self = shared_from_this()](const error_code& error, std::size_t) { self->on_read(error); });
  }

 private:
  void on_read(const error_code& error) {
    if (error) return;
    response_ = respond(request_, source_);
    stream_.expires_after(kPatience);
    http::async_write(stream_, response_, [self = shared_from_this()](const error_code& failed, std::size_t) {
      if (!failed && self->response_.keep_alive()) self->read();
    });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{8192};
  http::request<http::empty_body> request_;
  Response response_;
  const MetricsServer::Source& source_;
};

}  // namespace

struct MetricsServer::Impl {
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  Source source;
  std::vector<std::weak_ptr<Client>> clients;
  std::thread thread;

  void accept() {
    acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
      if (error) return accept_later();
      std::erase_if(clients, [](const auto& client) { return client.expired(); });
      if (clients.size() < kMaxClients) {
        const auto client = std::make_shared<Client>(std::move(socket), source);
        clients.push_back(client);
        client->read();
      }
      accept();
    });
  }

  /// The process may be out of descriptors.
  void accept_later() {
    pause.expires_after(std::chrono::milliseconds(100));
    pause.async_wait([this](const error_code&) { accept(); });
  }

  void run() noexcept {
    while (!io.stopped()) {
      try {
        io.run();
      } catch (const std::exception&) {
        // Of the source, or for want of memory: costs this client its connection.
      }
    }
  }
};

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(const std::string& address, Source source) {
  const auto endpoint = parse(address);
  if (!endpoint) return tl::unexpected(endpoint.error());
  auto impl = std::make_unique<Impl>();
  impl->source = std::move(source);
  error_code error;
  impl->acceptor.open(endpoint->protocol(), error);
  if (!error) impl->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) impl->acceptor.bind(*endpoint, error);
  if (!error) impl->acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return fail(fmt::format("cannot serve metrics on {}: {}", address, error.message()));
  impl->accept();
  impl->thread = std::thread([impl = impl.get()] { impl->run(); });
  return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(impl)));
}

MetricsServer::MetricsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

MetricsServer::~MetricsServer() {
  impl_->io.stop();
  impl_->thread.join();
}

std::uint16_t MetricsServer::port() const { return impl_->acceptor.local_endpoint().port(); }

}  // namespace lisper::hw
