// Messages with random fields, found by reflection: a field that is added to a message is filled without a word here, unless it
// is of a kind that has rules of its own.

using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Testing.Wire;

/// <summary>Makes messages that may be sent, every field drawn from a seed.</summary>
public sealed class MessageMaker(SeededRandom random, IReadOnlyList<Type> types)
{
    private const int LongOneIn = 40;

    /// <summary>Not to be shared by tests that run at once.</summary>
    private readonly NullabilityInfoContext _nullability = new();
    private static readonly long[] s_edges = [0, 1, -1, long.MinValue, long.MaxValue, int.MinValue, int.MaxValue, 0x100, 0xFFFF];

    private static readonly Authority[] s_authorities =
    [
        Authority.Default, Authority.Undefined, Authority.Of(new RankId(0)), Authority.Of(new RankId(63)),
        Authority.Of(new RankId(1), new RankId(2)), Authority.Of(new RankId(3), new RankId(3)),
    ];

    private readonly CopyMaker _copies = new(random);

    /// <summary>All messages of an assembly, by name.</summary>
    public static IReadOnlyList<Type> TypesOf(Assembly assembly) =>
    [
        .. assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Message)) && !type.IsAbstract)
            .OrderBy(type => type.Name, StringComparer.Ordinal),
    ];

    public Message Make(Type type) => type == typeof(NameOffered) ? Offered() : (Message)Composite(type);

    public Message Next() => Make(types[random.NextInt(types.Count)]);

    public byte[] Name() => Text(random.NextBool(1.0 / LongOneIn) ? MetadataName.BytesMax : random.NextInt(1, 24), "/\0");

    /// <summary>An entry, or why there is none.</summary>
    private NameOffered Offered()
    {
        var id = (UpdateId)Composite(typeof(UpdateId));
        return random.NextBool(0.5)
            ? Offered(id, _copies.Entry(Name()))
            : new NameOffered(id, new IoError(random.NextInt(1, 200)), null);
    }

    /// <summary>Of a directory that is not divided, its dirfrag may come along.</summary>
    private NameOffered Offered(UpdateId id, EntryReplica entry)
    {
        InodeFields inode = MemoryMarshal.Read<EntryRecord>(entry.Record).Inode;
        bool isWhole = Engine.Metadata.FileMode.IsDirectory(inode.Mode)
            && entry.Attributes.All(static each => each.Kind != ExtKind.FragTree);
        DirReplica[] dirs = isWhole ? [_copies.Dir() with { Name = new DirFrag(inode.Ino, Frag.Root) }] : [];
        return new NameOffered(id, IoError.None, entry, dirs);
    }

    private object? Value(Type type, string name, NullabilityState nullability)
    {
        if (Nullable.GetUnderlyingType(type) is Type inner)
            return random.NextBool(0.5) ? Value(inner, name, NullabilityState.NotNull) : null;
        if (nullability == NullabilityState.Nullable && !type.IsValueType && random.NextBool(0.5))
            return null;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return Items(
                type.GetGenericArguments()[0], name, nullability == NullabilityState.Nullable || name == "Pages" ? 1 : 0);
        if (type.IsEnum)
            return Choice(type);
        return type == typeof(byte[]) ? Bytes(name)
            : type == typeof(ReadOnlyMemory<byte>) ? new ReadOnlyMemory<byte>(Bytes(name))
            : type == typeof(string) ? Encoding.UTF8.GetString(Text(random.NextInt(WireWriter.TextBytesMax + 1), ""))
            : type == typeof(bool) ? random.NextBool(0.5)
            : type == typeof(byte) ? (byte)random.NextInt(256)
            : type == typeof(int) ? (int)Number()
            : type == typeof(uint) ? (uint)Number()
            : type == typeof(long) ? Number()
            : type == typeof(ulong) ? (ulong)Number()
            : type == typeof(Frag) ? Frag.Make(random.NextInt(Frag.HashBits + 1), (uint)random.Next() & Frag.HashMax)
            : type == typeof(RankId) ? new RankId(random.NextInt(name == "Exporter" ? 0 : -1, RankId.CountMax))
            : type == typeof(IoError) ? new IoError(random.NextInt(200))
            : type == typeof(DirectoryCursor) ? new DirectoryCursor((uint)Number(), random.NextBool(0.5) ? Name() : default)
            : type == typeof(ReplicaStep) ? _copies.Step(Name())
            : type == typeof(DirReplica) ? _copies.Dir()
            : type == typeof(Authority) ? s_authorities[random.NextInt(s_authorities.Length)]
            : Composite(type);
    }

    /// <summary>Bytes by the name of what they are.</summary>
    private byte[] Bytes(string name)
    {
        bool isLong = random.NextBool(1.0 / LongOneIn);
        switch (name)
        {
            case "Name" or "ErrorName":
                return Name();
            case "Path" or "Path2":
                return Text(isLong ? MetadataName.PathBytesMax : random.NextInt(64), "");
            case "Value":
                var value = new byte[isLong ? ExtLimits.BytesMax : random.NextInt(64)];
                random.NextBytes(value);
                return value;
            default:
                throw new InvalidOperationException($"nothing is known of bytes named {name}");
        }
    }

    private Array Items(Type type, string name, int countMin)
    {
        var items = Array.CreateInstance(type, random.NextInt(countMin, 5));
        for (int i = 0; i < items.Length; i++)
            items.SetValue(name is "Path" or "Way" ? Name() : Value(type, name, NullabilityState.NotNull), i);
        return items;
    }

    private object Choice(Type type)
    {
        Array values = Enum.GetValues(type);
        if (type.GetCustomAttribute<FlagsAttribute>() is null)
            return values.GetValue(random.NextInt(values.Length))!;
        ulong bits = 0;
        foreach (object value in values)
            bits |= random.NextBool(0.4) ? Convert.ToUInt64(value, null) : 0;
        // A union of all would hide what single flags do.
        bits &= random.NextBool(0.3) ? ulong.MaxValue : random.Next();
        return Enum.ToObject(type, bits);
    }

    private long Number() => random.NextInt(3) switch
    {
        0 => s_edges[random.NextInt(s_edges.Length)],
        1 => random.NextInt(1000),
        _ => (long)random.Next(),
    };

    /// <summary>A record: by the constructor with most parameters, then every other property that can be set.</summary>
    private object Composite(Type type)
    {
        ConstructorInfo? constructor = type.GetConstructors().MaxBy(each => each.GetParameters().Length);
        ParameterInfo[] parameters = constructor?.GetParameters() ?? [];
        object?[] arguments =
        [
            .. parameters.Select(each =>
                Value(each.ParameterType, each.Name!, _nullability.Create(each).WriteState)),
        ];
        object made = constructor is null ? Activator.CreateInstance(type)! : constructor.Invoke(arguments);
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.CanWrite && parameters.All(each => each.Name != property.Name))
                property.SetValue(
                    made, Value(property.PropertyType, property.Name, _nullability.Create(property).WriteState));
        }

        return made;
    }

    private byte[] Text(int bytes, string without)
    {
        const string Letters = "abcdefghijklmnopqrstuvwxyz/\0\n.ZÜ€𝄞";
        var text = new List<byte>(bytes);
        Rune[] runes = [.. Letters.EnumerateRunes().Where(rune => !without.Contains(rune.ToString(), StringComparison.Ordinal))];
        Span<byte> one = stackalloc byte[4];
        while (text.Count < bytes)
        {
            int length = runes[random.NextInt(runes.Length)].EncodeToUtf8(one);
            // What does not fit any more is filled up; a name of dots alone would be none.
            text.AddRange(length <= bytes - text.Count && one[0] != '.' ? one[..length] : "x"u8);
        }

        return [.. text];
    }
}
