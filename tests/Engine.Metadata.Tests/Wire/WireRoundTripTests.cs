using System.Collections;
using System.Reflection;
using Engine.Buffers;
using Engine.Testing;
using Engine.Testing.Wire;
using Xunit.Abstractions;

namespace Engine.Metadata.Tests;

/// <summary>Every message that can be sent comes back as it was.</summary>
public sealed class WireRoundTripTests(ITestOutputHelper output)
{
    private static readonly int s_perType = Nightly.Count(usual: 300, nightly: 10_000);

    private static readonly IReadOnlyList<Type> s_types = MessageMaker.TypesOf(typeof(Message).Assembly);

    private readonly WireFixture _wire = new(MetadataFormats.Create());

    public static TheoryData<string> Kinds { get; } = [.. s_types.Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AMessageComesBackWithEveryField(string name)
    {
        Type type = s_types.Single(each => each.Name == name);
        var maker = new MessageMaker(new SeededRandom((ulong)name.Length + name[0]), s_types);
        for (int i = 0; i < s_perType; i++)
        {
            Message sent = maker.Make(type);
            byte[] bytes = _wire.Write(sent);
            Assert.Null(DeepEquality.Difference(sent, _wire.Read(bytes)));
            Assert.Equal(bytes, _wire.Write(_wire.Read(bytes)));
        }
    }

    [Fact]
    public void EveryMessageHasAFormatAndEveryNumberAMessage()
    {
        IReadOnlyList<MessageFormat> formats = MetadataFormats.Create();
        Assert.Equal(s_types, formats.Select(each => each.Type).OrderBy(type => type.Name, StringComparer.Ordinal));
        Assert.Equal(
            Enum.GetValues<MessageKind>().Where(kind => kind is not (MessageKind.None or MessageKind.ModuleFirst)),
            formats.Select(each => each.Kind).Order());
        Assert.All(formats, each => Assert.Equal(each.Type.Name, each.Kind.ToString()));
    }

    [Fact]
    public void TheMakerFillsEveryField()
    {
        var maker = new MessageMaker(new SeededRandom(1), s_types);
        Dictionary<string, bool> filled = [];
        foreach (Type type in s_types)
        {
            for (int i = 0; i < 200; i++)
                Note(maker.Make(type), filled);
        }

        output.WriteLine($"{filled.Count} fields");
        Assert.InRange(filled.Count, 150, int.MaxValue);
        Assert.Empty(filled.Where(pair => !pair.Value).Select(pair => pair.Key));
    }

    /// <summary>Several messages one behind the other in one buffer, as a transport fills it.</summary>
    [Fact]
    public void MessagesAreAppended()
    {
        var target = new System.Buffers.ArrayBufferWriter<byte>();
        byte[] first = _wire.Write(new SessionRenew(7));
        Assert.True(_wire.Formats.TryWrite(new SessionRenew(7), target).IsNone);
        Assert.False(_wire.Formats.TryWrite(new SessionOpen(new string('x', 256)), target).IsNone);
        Assert.True(_wire.Formats.TryWrite(new SessionStale(), target).IsNone);
        Assert.Equal([.. first, .. _wire.Write(new SessionStale())], target.WrittenSpan.ToArray());
    }

    [Fact]
    public void WritingAllocatesNothing()
    {
        Message[] messages = [.. MessageSamples.All];
        var target = new System.Buffers.ArrayBufferWriter<byte>(1 << 16);
        long bytes = AllocationGate.LeastBytes(() =>
        {
            foreach (Message message in messages)
                _wire.Formats.TryWrite(message, target);
            target.ResetWrittenCount();
        });
        Assert.Equal(0, bytes);
    }

    /// <summary>Marks the fields that hold something.</summary>
    private static void Note(object value, Dictionary<string, bool> filled)
    {
        if (value is IEnumerable items and not string)
        {
            foreach (object? item in items)
            {
                if (item is not null and not byte)
                    Note(item, filled);
            }

            return;
        }

        Type type = value.GetType();
        if (type.IsPrimitive || value is Enum or string || type.Assembly != typeof(Message).Assembly)
            return;
        foreach (FieldInfo field in DeepEquality.Fields(type))
        {
            object? held = field.GetValue(value);
            string key = $"{type.Name}.{field.Name}";
            filled[key] = filled.GetValueOrDefault(key) || !IsEmpty(held);
            if (held is not null)
                Note(held, filled);
        }
    }

    private static bool IsEmpty(object? value) => value switch
    {
        null => true,
        string text => text.Length == 0,
        ReadOnlyMemory<byte> memory => memory.IsEmpty,
        IEnumerable items => !items.Cast<object?>().Any(),
        ValueType => value.Equals(Activator.CreateInstance(value.GetType())),
        _ => false,
    };
}
