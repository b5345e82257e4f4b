namespace Engine.Buffers.Tests;

public sealed unsafe class IntrusiveListTests : IDisposable
{
    private readonly UnmanagedArray<Element> _elements = new(64);

    private ElementLinks Links => new(_elements.Pointer);

    public void Dispose() => _elements.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void BehavesLikeAList(int seed)
    {
        SeededRandom random = new((ulong)seed);
        IntrusiveList list = default;
        List<int> model = [];
        for (int step = 0; step < 5000; step++)
        {
            int index = random.NextInt(_elements.Length);
            bool present = model.Contains(index);
            Assert.Equal(present, _elements[index].Lru.IsLinked);
            if (present)
                StepPresent(random, ref list, model, index);
            else
                StepAbsent(random, ref list, model, index);
            Check(list, model);
        }
    }

    [Fact]
    public void RemovalFromTheEndsEmptiesTheList()
    {
        IntrusiveList list = default;
        Assert.True(list.IsEmpty);
        Assert.Equal(IntrusiveList.None, list.First);
        Assert.Equal(IntrusiveList.None, list.Last);
        list.AddLast(Links, 0);
        list.AddLast(Links, 5);
        Assert.Equal(5, list.RemoveLast(Links));
        Assert.Equal(0, list.RemoveFirst(Links));
        Assert.Equal(IntrusiveList.None, list.RemoveFirst(Links));
        Assert.Equal(IntrusiveList.None, list.RemoveLast(Links));
        list.Verify(Links);
    }

    [Fact]
    public void MisuseIsRefused()
    {
        IntrusiveList list = default;
        IntrusiveList other = default;
        list.AddFirst(Links, 1);
        BufferPoolTests.Refused(() => list.AddFirst(Links, 1));
        BufferPoolTests.Refused(() => list.AddLast(Links, 1));
        BufferPoolTests.Refused(() => other.AddLast(Links, 1));
        BufferPoolTests.Refused(() => other.Remove(Links, 1));
        BufferPoolTests.Refused(() => list.Remove(Links, 2));
        BufferPoolTests.Refused(() => list.MoveToFirst(Links, 2));
        BufferPoolTests.Refused(() => list.InsertBefore(Links, 2, 3));
        BufferPoolTests.Refused(() => list.InsertBefore(Links, 1, 1));
        BufferPoolTests.Refused(() => other.InsertBefore(Links, 1, 3));
        BufferPoolTests.Refused(() => list.Next(Links, 2));
        BufferPoolTests.Refused(() => list.Previous(Links, 2));
        list.Verify(Links);
        Assert.Equal(1, list.Count);
    }

    [Fact]
    public void VerifyFindsABrokenLink()
    {
        IntrusiveList list = default;
        list.AddLast(Links, 1);
        list.AddLast(Links, 2);
        list.AddLast(Links, 3);
        _elements[2].Lru = default;
        BufferPoolTests.Refused(() => list.Verify(Links));
        _elements[2].Lru = new LinkNode { Prev = 2, Next = 2 };
        BufferPoolTests.Refused(() => list.Verify(Links));
    }

    private void StepPresent(SeededRandom random, ref IntrusiveList list, List<int> model, int index)
    {
        model.Remove(index);
        switch (random.NextInt(3))
        {
            case 0:
                list.Remove(Links, index);
                break;
            case 1:
                list.MoveToFirst(Links, index);
                model.Insert(0, index);
                break;
            default:
                list.MoveToLast(Links, index);
                model.Add(index);
                break;
        }
    }

    private void StepAbsent(SeededRandom random, ref IntrusiveList list, List<int> model, int index)
    {
        int way = random.NextInt(model.Count == 0 ? 2 : 3);
        if (way == 0)
        {
            list.AddFirst(Links, index);
            model.Insert(0, index);
        }
        else if (way == 1)
        {
            list.AddLast(Links, index);
            model.Add(index);
        }
        else
        {
            int at = random.NextInt(model.Count);
            list.InsertBefore(Links, model[at], index);
            model.Insert(at, index);
        }
    }

    private void Check(in IntrusiveList list, List<int> model)
    {
        list.Verify(Links);
        Assert.Equal(model.Count, list.Count);
        List<int> forward = [];
        for (int at = list.First; at != IntrusiveList.None; at = list.Next(Links, at))
            forward.Add(at);
        Assert.Equal(model, forward);
        List<int> backward = [];
        for (int at = list.Last; at != IntrusiveList.None; at = list.Previous(Links, at))
            backward.Insert(0, at);
        Assert.Equal(model, backward);
    }

    private struct Element
    {
        public LinkNode Lru;
    }

    private readonly struct ElementLinks(Element* elements) : ILinkStorage
    {
        public ref LinkNode Link(int index) => ref elements[index].Lru;
    }
}
