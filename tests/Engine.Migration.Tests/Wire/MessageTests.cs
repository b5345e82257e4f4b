using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing;
using Engine.Testing.Wire;
using Xunit;
using Xunit.Abstractions;

namespace Engine.Migration.Tests;

/// <summary>Messages of migrations as bytes: they come back as they were, and damage gives a message or a reason.</summary>
public sealed class MessageTests(ITestOutputHelper output)
{
    private const int ExecutionsPerSeed = 500_000;

    private static readonly IReadOnlyList<Type> s_types = MessageMaker.TypesOf(typeof(IMigrationMessage).Assembly);

    private readonly WireFixture _wire = new(MigrationFormats.Create());

    public static TheoryData<string> Kinds { get; } = [.. s_types.Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AMessageComesBackWithEveryField(string name)
    {
        Type type = s_types.Single(each => each.Name == name);
        var maker = new MessageMaker(new SeededRandom((ulong)name.Length + name[0]), s_types);
        for (int i = 0; i < Nightly.Count(usual: 300, nightly: 10_000); i++)
        {
            Message sent = maker.Make(type);
            byte[] bytes = _wire.Write(sent);
            Assert.Null(DeepEquality.Difference(sent, _wire.Read(bytes)));
        }
    }

    [Fact]
    public void EveryMessageHasAFormatASampleAndANumberOfAModule()
    {
        IReadOnlyList<MessageFormat> formats = MigrationFormats.Create();
        Assert.Equal(s_types, formats.Select(each => each.Type).OrderBy(type => type.Name, StringComparer.Ordinal));
        Assert.Equal(formats.Select(each => each.Kind).OrderBy(kind => kind), MessageSamples.All.Select(KindOf));
        Assert.All(formats, each => Assert.True(each.Kind >= MessageKind.ModuleFirst));
        // One registry takes all.
        Assert.NotNull(new MessageFormats([.. MetadataFormats.Create(), .. formats]));

        MessageKind KindOf(Message message) => formats.Single(each => each.Type == message.GetType()).Kind;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void DamagedMessagesAreRefusedOrReadAgain(ulong seed)
    {
        List<byte[]> samples = [.. MessageSamples.All.Select(_wire.Write)];
        int executions = Nightly.Count(usual: ExecutionsPerSeed, nightly: 10 * ExecutionsPerSeed);
        output.WriteLine(_wire.Damage(new SeededRandom(seed), s_types, samples, executions));
    }

    [Fact]
    public void WhatCannotBeReadIsNotSent()
    {
        MigrationId nobody = new(RankId.None, 1, 1);
        DirFrag dir = new(new Ino(5), Frag.Root);
        Assert.Equal(WireProblemKind.Value, _wire.Refused(new ExportCancelAck(nobody, dir)).Kind);
        MigrationId id = new(new RankId(1), 1, 1);
        Assert.Equal(WireProblemKind.Value, _wire.Refused(new ExportPrepAck(id, dir, MigrationRefusal.InParts + 1)).Kind);
        ExportDir region = new(id, dir, 1, 1, [], [new ExportedDir(dir, [])], [], [], [], []);
        Assert.Equal(WireProblemKind.Value, _wire.Refused(region).Kind);
        region = region with { Dirs = [new ExportedDir(dir, new ExportedPage[PageValidator.PagesMax + 1])] };
        Assert.Equal(WireProblemKind.Value, _wire.Refused(region).Kind);
    }
}
