#include "lab/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace lisper::lab {
namespace {

using std::chrono::milliseconds;

TEST(Process, GivesInputAndTakesOutput) {
  const auto output = run({"sh", "-c", "cat; echo seen >&2; exit 3"}, {}, "hello");
  ASSERT_TRUE(output);
  EXPECT_EQ(output->status, 3);
  EXPECT_EQ(output->out, "hello");
  EXPECT_EQ(output->err, "seen\n");
}

TEST(Process, SaysWhichProgramIsMissing) {
  const auto output = run({"no-such-program-at-all"});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().message, "no-such-program-at-all: No such file or directory");
}

TEST(Process, AFailureQuotesTheProgram) {
  const auto output = must_run({"sh", "-c", "echo why >&2; exit 1"});
  ASSERT_FALSE(output);
  EXPECT_THAT(output.error().message, testing::EndsWith(": why"));
}

TEST(Process, EndsThoseThatDoNotListen) {
  auto process = Process::spawn({.argv = {"sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"}});
  ASSERT_TRUE(process);
  EXPECT_FALSE(process->wait(milliseconds(200)));
  EXPECT_EQ(process->end(milliseconds(100)), 128 + SIGKILL);
}

TEST(Process, GoesWithItsObject) {
  pid_t pid = 0;
  {
    auto process = Process::spawn({.argv = {"sleep", "60"}});
    ASSERT_TRUE(process);
    pid = process->pid();
    EXPECT_TRUE(identify(pid));
  }
  EXPECT_FALSE(identify(pid));
}

TEST(Process, NeverEndsAnotherOfTheSamePid) {
  auto process = Process::spawn({.argv = {"sleep", "60"}});
  ASSERT_TRUE(process);
  ProcessId before = process->id();
  --before.start_time;
  end_all({before}, milliseconds(10));
  EXPECT_TRUE(process->running());
  end_all({process->id()}, milliseconds(1000));
  EXPECT_EQ(process->wait(milliseconds(1000)), 128 + SIGTERM);
}

}  // namespace
}  // namespace lisper::lab
