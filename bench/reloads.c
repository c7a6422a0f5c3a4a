// Asks for many playlists at once, each on a connection of its own, and tells when the answers came.
//   cc -O2 -o reloads reloads.c; reloads 127.0.0.1 8080 < paths
// Prints: answered with 200, answered otherwise, then milliseconds from the first answer to the median, the 99th percentile and the last.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX = 20000, LINE = 1024, WAIT_MS = 20000 };

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int open_one(const struct sockaddr_in *to) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof *to) < 0) {
    perror("connect");
    exit(1);
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "reloads HOST PORT < paths\n");
    return 2;
  }
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  inet_pton(AF_INET, argv[1], &to.sin_addr);
  static double at[MAX];
  static char path[LINE], text[LINE + 128], answer[65536];
  int poll = epoll_create1(0), asked = 0, good = 0, bad = 0;
  while (asked < MAX && fgets(path, sizeof path, stdin)) {
    path[strcspn(path, "\r\n")] = 0;
    int fd = open_one(&to);
    int length = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: gzip\r\n\r\n", path);
    if (write(fd, text, length) != length) return 1;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
    asked++;
  }
  double until = now_ms() + WAIT_MS;
  struct epoll_event events[256];
  while (good + bad < asked && now_ms() < until) {
    int count = epoll_wait(poll, events, 256, 1000);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      ssize_t got = read(fd, answer, sizeof answer);
      double when = now_ms();
      epoll_ctl(poll, EPOLL_CTL_DEL, fd, NULL);
      if (got > 12 && strncmp(answer, "HTTP/1.1 200", 12) == 0) at[good++] = when;
      else bad++;
    }
  }
  if (good == 0) {
    printf("0 %d 0 0 0\n", bad);
    return 0;
  }
  qsort(at, good, sizeof *at, by_size);
  printf("%d %d %.1f %.1f %.1f\n", good, asked - good, at[good / 2] - at[0], at[good * 99 / 100] - at[0], at[good - 1] - at[0]);
  return 0;
}
