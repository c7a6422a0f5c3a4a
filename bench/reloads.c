// Viewers who reload: each on a connection of its own asks for its playlist with what comes next, and once all have been answered all ask for the same of the segment after; tells when the answers came.
//   cc -O2 -o reloads reloads.c; reloads 127.0.0.1 8080 ROUNDS MSN PART < paths
// Prints for each round: answered with 200, answered otherwise or not, then milliseconds from the first answer to the median, the 99th percentile and the last.
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

/* Every answer is one write of less than this. */
static char answer[65536];

static int ask(int fd, const char *path, int msn, int part) {
  static char text[LINE + 160];
  int length = snprintf(text, sizeof text, "GET %s?_HLS_msn=%d&_HLS_part=%d HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: gzip\r\n\r\n", path, msn, part);
  return write(fd, text, length) == length;
}

/* Waits for all answers of a round. */
static void gather(int poll, int round, int asked) {
  static double at[MAX];
  static int answered[MAX + 64];
  double until = now_ms() + WAIT_MS;
  struct epoll_event events[256];
  int good = 0, bad = 0;
  while (good + bad < asked && now_ms() < until) {
    int count = epoll_wait(poll, events, 256, 1000);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      ssize_t got = read(fd, answer, sizeof answer);
      double when = now_ms();
      if (got <= 0) epoll_ctl(poll, EPOLL_CTL_DEL, fd, NULL);
      if (answered[fd] == round) continue;
      answered[fd] = round;
      if (got > 12 && strncmp(answer, "HTTP/1.1 200", 12) == 0) at[good++] = when;
      else bad++;
    }
  }
  if (good > 0) {
    qsort(at, good, sizeof *at, by_size);
    printf("%d %d %.1f %.1f %.1f\n", good, asked - good, at[good / 2] - at[0], at[good * 99 / 100] - at[0], at[good - 1] - at[0]);
  } else printf("0 %d 0 0 0\n", asked);
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "reloads HOST PORT ROUNDS MSN PART < paths\n");
    return 2;
  }
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  inet_pton(AF_INET, argv[1], &to.sin_addr);
  int rounds = atoi(argv[3]), msn = atoi(argv[4]), part = atoi(argv[5]);
  static char *paths[MAX], line[LINE];
  static int sockets[MAX];
  int poll = epoll_create1(0), asked = 0;
  while (asked < MAX && fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\r\n")] = 0;
    int fd = sockets[asked] = open_one(&to);
    if (fd >= MAX + 64) return 1;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
    paths[asked++] = strdup(line);
  }
  for (int round = 1; round <= rounds; round++) {
    for (int i = 0; i < asked; i++)
      if (!ask(sockets[i], paths[i], msn + round - 1, part)) return 1;
    gather(poll, round, asked);
  }
  return 0;
}
