// The yardstick of transport-bench: the same two measurements, the same socket options and the same waiting, in plain C.
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

enum { ROUND_TRIPS = 2000, ROUND_TRIP_WARM_UP = 500, FEATURES = 2000, FEATURE_WARM_UP = 100, FEATURE_BYTES = 256 << 10 };

static void *context;
static char endpoint[256];
static int64_t samples[ROUND_TRIP_WARM_UP + ROUND_TRIPS];

static void check(int good, const char *what) {
  if (good) return;
  printf("error: %s: %s\n", what, zmq_strerror(zmq_errno()));
  exit(2);
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void *open_socket(int kind, int mark, int linger) {
  void *socket = zmq_socket(context, kind);
  check(socket != 0, "zmq_socket");
  int64_t largest = 4 << 20;
  int one = 1;
  zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
  zmq_setsockopt(socket, ZMQ_SNDHWM, &mark, sizeof mark);
  zmq_setsockopt(socket, ZMQ_RCVHWM, &mark, sizeof mark);
  zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &largest, sizeof largest);
  zmq_setsockopt(socket, ZMQ_TCP_KEEPALIVE, &one, sizeof one);
  if (kind == ZMQ_ROUTER) zmq_setsockopt(socket, ZMQ_ROUTER_MANDATORY, &one, sizeof one);
  return socket;
}

static void *open_server(int mark) {
  void *socket = open_socket(ZMQ_ROUTER, mark, 0);
  size_t size = sizeof endpoint;
  check(zmq_bind(socket, "tcp://127.0.0.1:*") == 0, "zmq_bind");
  check(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size) == 0, "zmq_getsockopt");
  return socket;
}

static void *open_client(int mark, int linger) {
  void *socket = open_socket(ZMQ_DEALER, mark, linger);
  check(zmq_connect(socket, endpoint) == 0, "zmq_connect");
  return socket;
}

static void wait_for(void *socket, short events) {
  zmq_pollitem_t item = {socket, 0, events, 0};
  while (zmq_poll(&item, 1, -1) < 0) check(errno == EINTR, "zmq_poll");
}

// 1 with a part, 0 when nothing is there.
static int receive(void *socket, zmq_msg_t *part) {
  zmq_msg_init(part);
  if (zmq_msg_recv(part, socket, ZMQ_DONTWAIT) >= 0) return 1;
  check(zmq_errno() == EAGAIN, "zmq_msg_recv");
  zmq_msg_close(part);
  return 0;
}

static void *ask(void *unused) {
  (void)unused;
  void *socket = open_client(1000, 0);
  char bytes[64];
  memset(bytes, 7, sizeof bytes);
  for (int i = 0; i < ROUND_TRIP_WARM_UP + ROUND_TRIPS; i++) {
    int64_t begin = now();
    zmq_msg_t part;
    zmq_msg_init_size(&part, sizeof bytes);
    memcpy(zmq_msg_data(&part), bytes, sizeof bytes);
    check(zmq_msg_send(&part, socket, ZMQ_DONTWAIT) >= 0, "zmq_msg_send");
    for (int answered = 0; !answered;) {
      wait_for(socket, ZMQ_POLLIN);
      while (receive(socket, &part)) {
        zmq_msg_close(&part);
        answered = 1;
      }
    }
    samples[i] = now() - begin;
  }
  zmq_close(socket);
  return 0;
}

static int by_value(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return x < y ? -1 : x > y;
}

static double round_trip(void) {
  void *socket = open_server(1000);
  pthread_t client;
  pthread_create(&client, 0, ask, 0);
  for (int answered = 0; answered < ROUND_TRIP_WARM_UP + ROUND_TRIPS;) {
    wait_for(socket, ZMQ_POLLIN);
    zmq_msg_t peer, body;
    while (receive(socket, &peer)) {
      check(receive(socket, &body), "the second part");
      check(zmq_msg_send(&peer, socket, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0, "zmq_msg_send");
      check(zmq_msg_send(&body, socket, ZMQ_DONTWAIT) >= 0, "zmq_msg_send");
      answered++;
    }
  }
  pthread_join(client, 0);
  zmq_close(socket);
  qsort(samples + ROUND_TRIP_WARM_UP, ROUND_TRIPS, sizeof *samples, by_value);
  return samples[ROUND_TRIP_WARM_UP + ROUND_TRIPS / 2] / 1000.0;
}

static void keep(void *data, void *hint) {
  (void)data;
  (void)hint;
}

static void *send_features(void *unused) {
  (void)unused;
  void *socket = open_client(16, 5000);
  void *feature = aligned_alloc(64, FEATURE_BYTES);
  memset(feature, 7, FEATURE_BYTES);
  for (int i = 0; i < FEATURE_WARM_UP + FEATURES; i++) {
    zmq_msg_t part;
    zmq_msg_init_data(&part, feature, FEATURE_BYTES, keep, 0);
    while (zmq_msg_send(&part, socket, ZMQ_DONTWAIT) < 0) {
      check(zmq_errno() == EAGAIN, "zmq_msg_send");
      wait_for(socket, ZMQ_POLLOUT);
    }
  }
  zmq_close(socket);
  return 0;
}

static double throughput(void) {
  void *socket = open_server(16);
  pthread_t sender;
  pthread_create(&sender, 0, send_features, 0);
  int64_t begin = 0;
  for (int received = 0; received < FEATURE_WARM_UP + FEATURES;) {
    wait_for(socket, ZMQ_POLLIN);
    zmq_msg_t peer, feature;
    while (receive(socket, &peer)) {
      check(receive(socket, &feature) && zmq_msg_size(&feature) == FEATURE_BYTES, "a feature arrives whole");
      zmq_msg_close(&peer);
      zmq_msg_close(&feature);
      if (++received == FEATURE_WARM_UP) begin = now();
    }
  }
  double seconds = (now() - begin) / 1e9;
  pthread_join(sender, 0);
  zmq_close(socket);
  return (double)FEATURES * FEATURE_BYTES / 1e6 / seconds;
}

int main(int count, char **arguments) {
  context = zmq_ctx_new();
  if (count == 2 && strcmp(arguments[1], "round-trip") == 0) {
    printf("%f\n", round_trip());
  } else if (count == 2 && strcmp(arguments[1], "throughput") == 0) {
    printf("%f\n", throughput());
  } else {
    printf("usage: transport round-trip | throughput\n");
    return 1;
  }
  zmq_ctx_term(context);
  return 0;
}
