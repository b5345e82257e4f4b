using System.Runtime.InteropServices;

namespace Engine.Cli.Tests;

/// <summary>A kernel that refuses io_uring: the command runs under a seccomp filter that answers io_uring_setup with EPERM, as
/// containers do.</summary>
public sealed class RefusedRingTests : CliFixture
{
    [Fact]
    public void AskedForByNameItIsOneLineAndNothingWritten()
    {
        string path = MakeVolume();
        byte[] before = File.ReadAllBytes(path);
        CliResult result = RunFiltered("bench", "--filename", path, "--rw", "randwrite", "--engine", "uring");
        ExpectRefusal(result, 3, "io_uring refused with EPERM (kernel.io_uring_disabled or seccomp)");
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void OtherwiseTheNextEngineIsTakenAndSaid()
    {
        CliResult result = RunFiltered("device", "info", MakeVolume());
        Assert.Equal(0, result.Exit);
        Assert.Matches("engine +(libaio|synchronous).*io_uring refused with EPERM", result.Output);
    }

    // A filter belongs to a thread, and a process inherits that of the thread that started it.
    private static CliResult RunFiltered(params string[] args)
    {
        CliResult? result = null;
        var thread = new Thread(() =>
        {
            RefuseRings();
            result = RunProcess(args);
        });
        thread.Start();
        thread.Join();
        return result!;
    }

    private static unsafe void RefuseRings()
    {
        const int SetNoNewPrivileges = 38;
        const int SetSeccomp = 22;
        const int FilterMode = 2;
        const uint IoUringSetup = 425;
        const uint RefuseWithEperm = 0x0005_0001;
        const uint Allow = 0x7FFF_0000;
        FilterStep* steps = stackalloc FilterStep[]
        {
            new(0x20, 0, 0, 0), // load the system call's number
            new(0x15, 0, 1, IoUringSetup),
            new(0x06, 0, 0, RefuseWithEperm),
            new(0x06, 0, 0, Allow),
        };
        var filter = new Filter(4, steps);
        Assert.Equal(0, Prctl(SetNoNewPrivileges, 1, 0, 0, 0));
        Assert.Equal(0, Prctl(SetSeccomp, FilterMode, (nuint)(&filter), 0, 0));
    }

    // By address: declared imports live in Engine.Native alone, and the product has no use for this one.
    private static unsafe int Prctl(int option, nuint a, nuint b, nuint c, nuint d)
    {
        nint prctl = NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "prctl");
        return ((delegate* unmanaged<int, nuint, nuint, nuint, nuint, int>)prctl)(option, a, b, c, d);
    }

    // struct sock_filter and struct sock_fprog of linux/filter.h.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct FilterStep(ushort code, byte whenTrue, byte whenFalse, uint value)
    {
        private readonly ushort _code = code;
        private readonly byte _whenTrue = whenTrue;
        private readonly byte _whenFalse = whenFalse;
        private readonly uint _value = value;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly unsafe struct Filter(ushort length, FilterStep* steps)
    {
        private readonly ushort _length = length;
        private readonly FilterStep* _steps = steps;
    }
}
