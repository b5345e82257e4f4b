// Purpose: a job file says what fio's would, and what is wrong with one is named by file, line and key.
// Ownership: pure; no test touches a file.
using Engine.Devices;
using Engine.Load;

namespace Engine.Load.Tests.Jobs;

public sealed class JobFileTests
{
    [Fact]
    public void ReadsGlobalsJobsAndComments()
    {
        IReadOnlyList<JobDescription> jobs = JobFile.Parse("x.fio", """
            ; a comment
            [global]
            bs=8k
            filename=/dev/loop0
            runtime=2m
            time_based
            [writer]
            rw=randwrite
            fsync=16
            verify=crc32c
            # another
            [global]
            iodepth=8
            [mixed]
            rw = randrw
            rwmixread=70
            size=1g
            offset=1m
            numjobs=3
            randseed=42
            direct=1
            end_fsync=1
            stonewall
            """);

        Assert.Equal(2, jobs.Count);
        Assert.Equal(
            new JobDescription
            {
                Name = "writer", FileName = "/dev/loop0", Pattern = AccessPattern.RandWrite, BlockSize = 8192,
                Runtime = TimeSpan.FromMinutes(2), TimeBased = true, FlushEvery = 16, Verify = true,
            },
            jobs[0] with { Where = null });
        Assert.Equal(
            new JobDescription
            {
                Name = "mixed", FileName = "/dev/loop0", Pattern = AccessPattern.RandReadWrite, ReadPercent = 70, BlockSize =
                    8192,
                Runtime = TimeSpan.FromMinutes(2), TimeBased = true, Size = 1L << 30, Offset = 1 << 20, Threads = 3, Seed = 42,
                Direct = true, FlushAtEnd = true, Depth = 8, Stonewall = true,
            },
            jobs[1] with { Where = null });
    }

    [Theory]
    [InlineData("read", AccessPattern.Read)]
    [InlineData("write", AccessPattern.Write)]
    [InlineData("randread", AccessPattern.RandRead)]
    [InlineData("randwrite", AccessPattern.RandWrite)]
    [InlineData("rw", AccessPattern.ReadWrite)]
    [InlineData("readwrite", AccessPattern.ReadWrite)]
    [InlineData("randrw", AccessPattern.RandReadWrite)]
    public void ReadsPatterns(string text, AccessPattern pattern) =>
        Assert.Equal(pattern, JobFile.Parse("x", $"[j]\nrw={text}")[0].Pattern);

    [Theory]
    [InlineData("[j]\nrw=sideways",
        "x.fio:2: key 'rw': 'sideways' is not allowed; allowed: read, write, randread, randwrite, rw or randrw")]
    [InlineData("[j]\n\nbs=0", "x.fio:3: key 'bs': '0' is not allowed; allowed: 1 to 64m bytes, for example 4k")]
    [InlineData("[j]\nbs=4k-8k", "x.fio:2: key 'bs': '4k-8k' is not allowed")]
    [InlineData("[j]\nbs=128m", "x.fio:2: key 'bs'")]
    [InlineData("[j]\nsize=many", "x.fio:2: key 'size': 'many' is not allowed; allowed: a number of bytes")]
    [InlineData("[j]\noffset=-1", "x.fio:2: key 'offset'")]
    [InlineData("[j]\nrwmixread=101", "x.fio:2: key 'rwmixread': '101' is not allowed; allowed: a whole number from 0 to 100")]
    [InlineData("[j]\niodepth=0", "x.fio:2: key 'iodepth': '0' is not allowed; allowed: a whole number from 1 to 4096")]
    [InlineData("[j]\nnumjobs=x", "x.fio:2: key 'numjobs'")]
    [InlineData("[j]\nfsync=-1", "x.fio:2: key 'fsync': '-1' is not allowed; allowed: a whole number from 0")]
    [InlineData("[j]\nverify=md5", "x.fio:2: key 'verify': 'md5' is not allowed; allowed: crc32c or none")]
    [InlineData("[j]\nrandseed=x", "x.fio:2: key 'randseed'")]
    [InlineData("[j]\nruntime=soon", "x.fio:2: key 'runtime': 'soon' is not allowed; allowed: a time")]
    [InlineData("[j]\nruntime=-1", "x.fio:2: key 'runtime'")]
    [InlineData("[j]\ndirect=yes", "x.fio:2: key 'direct': 'yes' is not allowed; allowed: 0 or 1")]
    [InlineData("[j]\ntime_based=2", "x.fio:2: key 'time_based'")]
    [InlineData("[j]\nend_fsync=2", "x.fio:2: key 'end_fsync'")]
    [InlineData("[j]\nname=", "x.fio:2: key 'name': '' is not allowed")]
    [InlineData("[j]\nbs", "x.fio:2: key 'bs': '' is not allowed")]
    [InlineData("[j]\nioengine=mmap", "x.fio:2: key 'ioengine': 'mmap' is not allowed; allowed: io_uring, libaio, sync, psync,")]
    [InlineData("[j]\nspeed=1", "x.fio:2: key 'speed': unknown; allowed are name, filename, rw,")]
    [InlineData("bs=4k\n[j]", "x.fio:1: key 'bs': stands before the first section")]
    [InlineData("[j", "x.fio:1: section '[j': write [global] or [name]")]
    [InlineData("[]", "x.fio:1: section '[]'")]
    [InlineData("[global]\nbs=4k", "x.fio:2: no job")]
    [InlineData("", "x.fio:1: no job")]
    [InlineData("[j]\ntime_based", "x.fio:1: job 'j': key 'time_based': needs runtime")]
    [InlineData("[j]\nverify=crc32c\nbs=1000", "x.fio:1: job 'j': key 'bs': a multiple of 512 when verify is crc32c")]
    [InlineData("[j]\nverify=crc32c\noffset=100", "x.fio:1: job 'j': key 'offset': a multiple of 512")]
    [InlineData("[j]\nsize=1k", "x.fio:1: job 'j': key 'size': at least bs")]
    public void NamesTheLineTheKeyAndWhatIsAllowed(string text, string message)
    {
        JobFileException error = Assert.Throws<JobFileException>(() => JobFile.Parse("x.fio", text));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void GroupsJobsUpToAStonewall()
    {
        IReadOnlyList<JobDescription> jobs = JobFile.Parse("x", "[a]\n[b]\n[c]\nstonewall\ndirect=1\n[d]\ndirect=1\n");
        IReadOnlyList<IReadOnlyList<JobDescription>> groups = JobFile.Group(jobs);
        Assert.Equal(["a b", "c d"], groups.Select(group => string.Join(' ', group.Select(job => job.Name))));
    }

    [Fact]
    public void CommentsEndALine()
    {
        JobDescription job = JobFile.Parse(
            "x", "[j] ; the job\nbs=8k ; blocks\niodepth=4\t# deep\nfilename=/a;b#c\nioengine=psync # plain calls\n")[0];
        Assert.Equal(("j", 8192, 4, "/a;b#c"), (job.Name, job.BlockSize, job.Depth, job.FileName));
        Assert.Equal(DeviceEngine.Sync, job.Engine);
    }

    [Fact]
    public void GroupReportingIsTakenWhereItChangesNothing()
    {
        const string Jobs = "[global]\ngroup_reporting\nnumjobs=4\n[a]\n[b]\n";
        Assert.Equal(2, JobFile.Group(JobFile.Parse("x", Jobs + "stonewall")).Count);
        Assert.StartsWith("x:5: job 'b': key 'group_reporting': jobs that run together have a row each", Assert.Throws<
            JobFileException>(() => JobFile.Group(JobFile.Parse("x", Jobs))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheDefaultsOfHelpAreThoseOfAJob()
    {
        foreach (JobKey key in JobKeys.All)
        {
            if (key.Default is string value)
                Assert.Equal(new JobDescription(), JobKeys.Apply(new JobDescription(), key.Name, value, "help"));
        }

        Assert.Equal("randread", JobKeys.Find("rw")!.Default);
    }

    [Fact]
    public void JobsThatRunTogetherMustAgree()
    {
        Assert.Contains("x:2: job 'b': key 'ioengine'", Assert.Throws<JobFileException>(
            () => JobFile.Group(JobFile.Parse("x", "[a]\n[b]\nioengine=libaio"))).Message, StringComparison.Ordinal);
        Assert.Contains("'direct'", Assert.Throws<JobFileException>(
            () => JobFile.Group(JobFile.Parse("x", "[a]\n[b]\ndirect=1"))).Message, StringComparison.Ordinal);
        Assert.Contains("'filename'", Assert.Throws<JobFileException>(
            () => JobFile.Group(JobFile.Parse("x", "[a]\nfilename=/a\n[b]\nfilename=/b\nstonewall"))).Message,
                StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10", 10_000)]
    [InlineData("10s", 10_000)]
    [InlineData("500ms", 500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("0.5", 500)]
    public void ReadsTimes(string text, int ms)
    {
        Assert.True(JobKeys.TryParseTime(text, out TimeSpan time));
        Assert.Equal(ms, time.TotalMilliseconds);
    }

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(0, 1 << 20, null)]
    [InlineData(0, (1 << 20) + 1, "size")]
    [InlineData(1 << 20, 0, "offset")]
    [InlineData(4096, 1 << 20, "size")]
    public void JobsMustFitTheVolume(long offset, long size, string? key)
    {
        string? problem = new JobDescription { Offset = offset, Size = size }.ProblemOn(1 << 20);
        Assert.Equal(key is null, problem is null);
        Assert.Contains(key ?? string.Empty, problem ?? string.Empty, StringComparison.Ordinal);
    }
}
