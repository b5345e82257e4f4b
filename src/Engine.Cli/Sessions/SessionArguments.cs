using System.CommandLine;
using Engine.Devices;
using Engine.Load;

namespace Engine.Cli.Sessions;

/// <summary>The options that commands share, and what was said with them.</summary>
internal sealed class SessionArguments
{
    private const long DefaultCacheBytes = 64L << 20;
    private static readonly string[] s_engines = ["auto", "uring", "aio", "sync"];

    private readonly Option<DeviceEngine> _engine = new("--engine")
    {
        Description = "Who carries device requests: uring, aio, sync, or auto for the first that works (default auto)",
        HelpName = "uring|aio|sync|auto",
        DefaultValueFactory = _ => DeviceEngine.Auto,
        CustomParser = result =>
        {
            int index = Array.IndexOf(s_engines, result.Tokens[0].Value);
            if (index < 0)
                result.AddError($"--engine '{result.Tokens[0].Value}': allowed: uring, aio, sync or auto");
            return (DeviceEngine)Math.Max(0, index);
        },
    };

    private readonly Option<long> _cache = SizeOption("--cache", "Memory of the cache", DefaultCacheBytes);

    private readonly Option<bool> _noCache = new("--no-cache") { Description = "Run on the volume without its cache" };

    private readonly Option<bool> _json = new("--json") { Description = "Write the result as JSON" };

    private readonly Option<string?> _log = new("--log")
    {
        Description = "The side log of verified runs (default: beside a file; for a device, in /var/tmp)",
        HelpName = "FILE",
    };

    /// <summary>An option that takes a size such as 1GiB.</summary>
    public static Option<long> SizeOption(string name, string description, long defaultBytes) => new(name)
    {
        Description = $"{description} (default {(defaultBytes == 0 ? "all" : ByteSize.Format(defaultBytes))})",
        HelpName = "SIZE",
        DefaultValueFactory = _ => defaultBytes,
        CustomParser = result =>
        {
            if (!ByteSize.TryParse(result.Tokens[0].Value, out long bytes))
                result.AddError($"{name} '{result.Tokens[0].Value}': allowed: {ByteSize.Allowed}");
            return bytes;
        },
    };

    public void AddEngineTo(Command command) => command.Add(_engine);

    public void AddJsonTo(Command command) => command.Add(_json);

    public void AddLogTo(Command command) => command.Add(_log);

    public void AddCacheTo(Command command)
    {
        command.Add(_cache);
        command.Add(_noCache);
    }

    public DeviceEngine Engine(ParseResult parsed) => parsed.GetValue(_engine);

    /// <summary>The engine when it was asked for, else null.</summary>
    public DeviceEngine? GivenEngine(ParseResult parsed) =>
        parsed.GetResult(_engine) is { Implicit: false } ? parsed.GetValue(_engine) : null;

    public bool NoCache(ParseResult parsed) => parsed.GetValue(_noCache);

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    public string? Log(ParseResult parsed) => parsed.GetValue(_log);

    public long CacheBytes(ParseResult parsed) => parsed.GetValue(_cache);
}
