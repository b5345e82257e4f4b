using Engine.Devices;

namespace Engine.Testing.Devices;

/// <summary>One state in which a crash may leave a device: what is durable plus the chosen volatile units. Valid during the
/// visit.</summary>
public sealed class CrashState
{
    private readonly byte[] _image;
    private readonly IReadOnlyList<CrashUnit> _units;
    private readonly List<int> _chosen;

    internal CrashState(byte[] image, ulong imageHash, int eventCount, IReadOnlyList<CrashUnit> units, List<int> chosen)
    {
        _image = image;
        ImageHash = imageHash;
        _units = units;
        _chosen = chosen;
        EventCount = eventCount;
    }

    /// <summary>The crash came after this many events of the recording.</summary>
    public int EventCount { get; }

    /// <summary>Of two states of one recording with equal hashes the bytes are equal, whatever the way there.</summary>
    public ulong ImageHash { get; }

    /// <summary>The device's bytes.</summary>
    public ReadOnlySpan<byte> Image => _image;

    /// <summary>The volatile units that reached the medium, in the order in which they did.</summary>
    public IEnumerable<CrashUnit> Chosen => _chosen.Select(i => _units[i]);

    /// <summary>The volatile units that were lost.</summary>
    public IEnumerable<CrashUnit> Lost => Enumerable.Range(0, _units.Count).Except(_chosen).Select(i => _units[i]);

    /// <summary>Writes the image into a device of the same capacity, for a recovery to run on.</summary>
    public void CopyTo(MemoryDevice device) => _image.CopyTo(device.View(0, _image.Length));

    /// <inheritdoc/>
    public override string ToString() =>
        $"crash after {EventCount} events; reached the medium: {Join(Chosen)}; lost: {Join(Lost)}";

    private static string Join(IEnumerable<CrashUnit> units)
    {
        string text = string.Join(", ", units);
        return text.Length == 0 ? "nothing" : text;
    }
}
