using System.Reflection;
using System.Text;
using Engine.Devices;
using Engine.Stores;
using Engine.Volumes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Engine.System.Tests;

/// <summary>The README's sample is what a newcomer types first: it is compiled as it stands there, and run.</summary>
public sealed class ReadmeSampleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("engine-readme-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task TheSampleCompilesRunsAndLeavesItsBytes()
    {
        string disk = Path.Combine(_folder, "disk.img");
        string sample = Sample().Replace("disk.img", disk, StringComparison.Ordinal);

        MethodInfo main = Compile(sample).EntryPoint!;
        main.Invoke(null, [Array.Empty<string>()]);

        using IBlockDevice device = BlockDevice.Open(disk);
        using DeviceStore store = DeviceStore.Open(device);
        await using Volume volume = Volume.Open(store, store.Image);
        byte[] bytes = new byte[5];
        Assert.Equal(5, volume.Read(12_345, bytes));
        Assert.Equal("hello", Encoding.UTF8.GetString(bytes));
    }

    private static string Sample()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Engine.sln")))
            folder = folder.Parent;
        Assert.NotNull(folder);
        string readme = File.ReadAllText(Path.Combine(folder.FullName, "README.md"));
        const string Fence = "```csharp\n";
        int start = readme.IndexOf(Fence, StringComparison.Ordinal) + Fence.Length;
        Assert.True(start >= Fence.Length, "the README has a sample in C#");
        return readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)];
    }

    private static Assembly Compile(string source)
    {
        string[] references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':');
        CSharpCompilation compilation = CSharpCompilation.Create(
            "ReadmeSample",
            [
                CSharpSyntaxTree.ParseText("global using System; global using System.IO; global using System.Threading.Tasks;"),
                CSharpSyntaxTree.ParseText(source),
            ],
            references.Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using MemoryStream image = new();
        Microsoft.CodeAnalysis.Emit.EmitResult result = compilation.Emit(image);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return Assembly.Load(image.ToArray());
    }
}
