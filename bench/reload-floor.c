// No server: waits for so many connections to ask for something, then writes the same bytes to all, one after the other, as long as they ask. What the kernel takes for answers to many who wait.
//   cc -O2 -o reload-floor reload-floor.c; reload-floor PORT CONNECTIONS BYTES
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX = 20000, LARGEST = 65536, SETTLE_US = 500000 };

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "reload-floor PORT CONNECTIONS BYTES\n");
    return 2;
  }
  int count = atoi(argv[2]), bytes = atoi(argv[3]), one = 1;
  if (count > MAX || bytes > LARGEST) return 2;
  static int connections[MAX];
  static char answer[LARGEST + 128], asked[4096];
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 4096) < 0) {
    perror("listen");
    return 1;
  }
  puts("listening");
  fflush(stdout);
  for (int i = 0; i < count; i++) {
    connections[i] = accept(listener, NULL, NULL);
    setsockopt(connections[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  int head = sprintf(answer, "HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n", bytes);
  memset(answer + head, 'x', bytes);
  for (;;) {
    for (int i = 0; i < count; i++)
      if (read(connections[i], asked, sizeof asked) <= 0) return 0;
    usleep(SETTLE_US);
    for (int i = 0; i < count; i++)
      if (write(connections[i], answer, head + bytes) != head + bytes) return 1;
  }
}
