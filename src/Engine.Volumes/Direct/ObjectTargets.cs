using Engine.Buffers;
using Engine.Objects;

namespace Engine.Volumes;

/// <summary>The object names of an image, made on first use and kept, so that a request formats no string. Thread-safe: two
/// threads may make the same name, and either is as good.</summary>
internal sealed class ObjectTargets
{
    private const int PageObjects = 1024;

    private readonly string _prefix;
    private readonly ObjectKey?[]?[] _pages;

    public ObjectTargets(string prefix, long objectCount)
    {
        _prefix = prefix;
        _pages = new ObjectKey?[]?[(objectCount + PageObjects - 1) / PageObjects];
    }

    public ObjectTarget this[long objectNumber]
    {
        get
        {
            Invariant.That(objectNumber >= 0);
            long page = objectNumber / PageObjects;
            ObjectKey? key = Volatile.Read(ref _pages[page])?[objectNumber % PageObjects];
            return new ObjectTarget(key ?? Make(page, objectNumber), objectNumber);
        }
    }

    private ObjectKey Make(long page, long objectNumber)
    {
        ObjectKey?[] keys = Volatile.Read(ref _pages[page])
            ?? Interlocked.CompareExchange(ref _pages[page], new ObjectKey?[PageObjects], null)
            ?? _pages[page]!;
        ObjectKey key = new(0, "", "", Striper.ObjectName(_prefix, objectNumber));
        Volatile.Write(ref keys[objectNumber % PageObjects], key);
        return key;
    }
}
