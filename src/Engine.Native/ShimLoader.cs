using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Native;

/// <summary>Finds the shim beside the application or beside this assembly and checks that it speaks the expected ABI.</summary>
internal static unsafe class ShimLoader
{
    private const string FileName = "libengine_native.so";

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The resolver has to stand before the first import is called.")]
    internal static void Initialize() => NativeLibrary.SetDllImportResolver(typeof(Shim).Assembly, Resolve);

    /// <summary>The places looked at, in order.</summary>
    internal static IReadOnlyList<string> Candidates(string baseDirectory, string assemblyLocation)
    {
        var places = new List<string>();
        var beside = Path.GetDirectoryName(assemblyLocation);
        foreach (var directory in new[] { baseDirectory, beside })
        {
            if (string.IsNullOrEmpty(directory))
                continue;
            places.Add(Path.Combine(directory, "runtimes", "linux-x64", "native", FileName));
            places.Add(Path.Combine(directory, FileName));
        }

        return places;
    }

    private static nint Resolve(string libraryName, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (libraryName != Shim.Library)
            return 0;
        var candidates = Candidates(AppContext.BaseDirectory, assembly.Location);
        foreach (var path in candidates)
        {
            if (!NativeLibrary.TryLoad(path, out var handle))
                continue;
            CheckVersion(handle, path);
            return handle;
        }

        throw new DllNotFoundException(
            $"cannot load {FileName}; looked at {string.Join(", ", candidates.Distinct())}: "
            + "build src/Engine.Native, and check that liburing and libaio are installed");
    }

    private static void CheckVersion(nint library, string path)
    {
        var version = ((delegate* unmanaged<uint>)NativeLibrary.GetExport(library, "eio_abi_version"))();
        if (version == Shim.AbiVersionExpected)
            return;
        NativeLibrary.Free(library);
        throw new DllNotFoundException(
            $"{path} has ABI version {version} where {Shim.AbiVersionExpected} is needed: rebuild it with src/Engine.Native");
    }
}
